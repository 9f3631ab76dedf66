using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration.Keys;

/// <summary>The one description of every key of <c>homelab.yaml</c>. A test holds it to the classes it fills.</summary>
internal static class ConfigurationKeys
{
    /// <summary>The whole file.</summary>
    public static ConfigurationKey Root { get; } = new("", Kind.Section, "homelab.yaml: everything a user can set. Every key is optional.")
    {
        Children =
        [
            new("node", Kind.Section, "Who this machine is.")
            {
                Children =
                [
                    new("name", Kind.Text, "What this machine is called in lists, events and headers.") { Format = TextFormat.Name, Example = "tower", Unset = "the host's name" },
                    new("labels", Kind.TextMap, "Anything worth knowing about the machine; shown with it.") { Default = "{}", Example = "{ site: home }" },
                ],
            },
            DaemonKeys.Daemon,
            ModelKeys.Models,
            HubKeys.Hub,
            new("infra", Kind.Section, "Which files of this machine the infra_list and infra_read tools may show; nothing by default.")
            {
                Children =
                [
                    new("max_file", Kind.Size, "Nothing is shown of a file that is larger.") { Default = "256MiB", Minimum = 1 },
                    new("roots", Kind.SectionList, "The folders that may be read, each under a name.")
                    {
                        Default = "[]",
                        Children =
                        [
                            new("name", Kind.Text, "What the folder is called to callers.") { Format = TextFormat.Name, Required = true, Example = "logs" },
                            new("path", Kind.Text, "The folder.") { Format = TextFormat.AbsolutePath, Required = true, Example = "/var/log" },
                            new("include", Kind.TextList, "Patterns of files below it that may be read; none: no file.") { Format = TextFormat.NotEmpty, Default = "[]", Example = "[ \"**/*.log\" ]" },
                        ],
                    },
                ],
            },
            McpKeys.Mcp,
        ],
    };

    /// <summary>Every key below the given one with its dotted path, entries of lists written <c>models[].name</c>, parents first.</summary>
    public static IEnumerable<(string Path, ConfigurationKey Key)> Walk(ConfigurationKey? start = null, string path = "")
    {
        foreach (var child in (start ?? Root).Children)
        {
            var childPath = path.Length == 0 ? child.Name : $"{path}.{child.Name}";
            yield return (childPath, child);
            foreach (var inner in Walk(child, child.Kind == Kind.SectionList ? childPath + "[]" : childPath))
            {
                yield return inner;
            }
        }
    }
}
