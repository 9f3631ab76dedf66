using Homelab.Configuration.Yaml;

namespace Homelab.Configuration;

/// <summary>Collects problems and finds the place of a key. Keeps the first hundred: more tell nobody more.</summary>
internal sealed class ConfigurationReport(SourcePosition start)
{
    private const int Most = 100;

    private readonly List<ConfigurationProblem> _problems = [];
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private int _left;

    /// <summary>What was given; positions are found in it.</summary>
    public YamlNode.Mapping Document { get; set; } = new(start, []);

    /// <summary>Whether further problems are only counted, so that nobody need think about their words.</summary>
    public bool IsFull => _problems.Count >= Most;

    /// <summary>What was found, in the order of the file.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems()
    {
        var all = _problems.OrderBy(p => p.Line == 0).ThenBy(p => p.Line).ThenBy(p => p.Column).ThenBy(p => p.File, StringComparer.Ordinal).ToList();
        if (_left > 0)
        {
            all.Add(new ConfigurationProblem(start, "", $"has {_left} more problems"));
        }

        return all;
    }

    public void Add(SourcePosition position, string key, string message) => Add(new ConfigurationProblem(position, key, message));

    public void Add(ConfigurationProblem problem)
    {
        _keys.Add(problem.Key);
        if (_problems.Count < Most)
        {
            _problems.Add(problem);
        }
        else
        {
            _left++;
        }
    }

    /// <summary>Adds a problem at the place of the key, or of the nearest thing around it that was written.</summary>
    public void Add(string key, string message) => Add(Locate(key), key, message);

    /// <summary>Whether the key or anything below or around it already has a problem, so that judging it again would mislead.</summary>
    public bool Touches(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            foreach (var known in _keys)
            {
                if (IsWithin(known, key) || IsWithin(key, known))
                {
                    return true;
                }
            }
        }

        return false;

        static bool IsWithin(string inner, string outer) =>
            outer.Length > 0 && inner.StartsWith(outer, StringComparison.Ordinal) && (inner.Length == outer.Length || inner[outer.Length] is '.' or '[');
    }

    /// <summary>Where the value of a key was written; null where it was not.</summary>
    public YamlNode? Find(string key)
    {
        var (node, whole) = Walk(key);
        return whole ? node : null;
    }

    private SourcePosition Locate(string key) => Walk(key).Node.Position;

    private (YamlNode Node, bool Whole) Walk(string key)
    {
        YamlNode node = Document;
        foreach (var part in key.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = node switch
            {
                YamlNode.Mapping mapping => mapping[part],
                YamlNode.Sequence list when part[0] == '[' && int.TryParse(part.AsSpan(1, part.Length - 2), out var index) && index < list.Items.Count => list.Items[index],
                _ => null,
            };
            if (next is null)
            {
                return (node, false);
            }

            node = next;
        }

        return (node, true);
    }
}
