using System.Text.RegularExpressions;

namespace Homelab.Tests.Architecture;

/// <summary>Rules on the text of the sources that no analyser holds: one type a file, named as the file; a summary on every type; no names
/// that say nothing.</summary>
public sealed partial class SourceFileTests
{
    private static readonly string[] EmptyWords = ["Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Common", "Service", "Impl"];

    private static readonly IReadOnlyList<Declaration> Product = [.. SourceTree.Sources("Homelab").SelectMany(source => Declarations(source.Path, source.Lines))];

    [Fact]
    public void The_scan_sees_types_of_every_kind()
    {
        string[] text =
        [
            "namespace X;", "/// <summary>A.</summary>", "[Attribute(1)]", "internal sealed partial class A(int x) : B", "{",
            "    /// <summary>N.", "    /// More.</summary>", "    private sealed record N<T>(int X);", "}",
            "internal readonly record struct S(int X);", "/// <inheritdoc/>", "public interface I { }", "internal delegate void D();",
            "/// <summary>E.</summary>", "[Attribute(", "    2)]", "#pragma warning disable X", "internal enum E { }", "file static class F;",
        ];

        var found = Declarations("Homelab/A.cs", text);

        Assert.Equal(["A", "N", "S", "I", "D", "E", "F"], found.Select(d => d.Name));
        Assert.Equal(["N"], found.Where(d => d.IsNested).Select(d => d.Name));
        Assert.Equal(["S", "I", "D", "F"], found.Where(d => !d.HasSummary).Select(d => d.Name));
        Assert.True(Product.Count > 50);
    }

    [Fact]
    public void Every_type_has_a_summary() => AssertNone(
        from type in Product
        where !type.HasSummary && !IsDocumentedElsewhere(type)
        select $"{type.Path}: {type.Name}");

    [Fact]
    public void Every_file_has_one_top_level_type_and_is_named_after_it() => AssertNone(
        from file in Product.Where(type => !type.IsNested).GroupBy(type => type.Path)
        let expected = Path.GetFileName(file.Key).Split('.')[0]
        let names = file.Select(type => type.Name).Distinct().ToList()
        where names.Count > 1 || names[0] != expected
        select $"{file.Key}: {string.Join(", ", names)}");

    [Fact]
    public void No_type_has_a_name_that_says_nothing() => AssertNone(
        from type in Product
        where EmptyWords.Any(word => type.Name.EndsWith(word, StringComparison.Ordinal))
        select $"{type.Path}: {type.Name}");

    [Fact]
    public void No_file_or_folder_has_a_name_that_says_nothing() => AssertNone(
        from source in SourceTree.Sources("Homelab").Concat(SourceTree.Sources("Homelab.Tests"))
        where source.Path[..^3].Split('/').Any(part => EmptyWords.Any(word => part.EndsWith(word, StringComparison.Ordinal)))
        select source.Path);

    /// <summary>Further parts of a partial type need no summary of their own.</summary>
    private static bool IsDocumentedElsewhere(Declaration type) =>
        type.IsPartial && Product.Any(other => other.HasSummary && other.IsPartial && other.Name == type.Name && Path.GetDirectoryName(other.Path) == Path.GetDirectoryName(type.Path));

    private static List<Declaration> Declarations(string path, string[] lines)
    {
        var found = new List<Declaration>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (TypeDeclaration().Match(lines[i]) is { Success: true } match)
            {
                var above = i - 1;
                while (above >= 0 && IsBetweenCommentAndType(lines[above]))
                {
                    above--;
                }

                var comment = lines.Take(above + 1).Reverse().TakeWhile(line => line.TrimStart().StartsWith("///", StringComparison.Ordinal));
                found.Add(new Declaration(
                    path,
                    match.Groups["name"].Value,
                    IsNested: match.Groups["indent"].Length > 0,
                    IsPartial: lines[i].Contains(" partial ", StringComparison.Ordinal),
                    HasSummary: comment.Any(line => line.Contains("<summary>", StringComparison.Ordinal))));
            }
        }

        return found;
    }

    /// <summary>An attribute, however many lines it has, or a directive.</summary>
    private static bool IsBetweenCommentAndType(string line) =>
        line.Trim() is { Length: > 0 } text && !text.StartsWith("//", StringComparison.Ordinal) && text[^1] is not (';' or '{' or '}');

    private static void AssertNone(IEnumerable<string> offenders)
    {
        var all = offenders.ToList();
        if (all.Count > 0)
        {
            Assert.Fail(string.Join('\n', all));
        }
    }

    [GeneratedRegex(@"^(?<indent>\s*)(?:(?:public|internal|private|protected|file|static|sealed|abstract|readonly|ref|partial|unsafe|new)\s+)*(?:class|interface|enum|record\s+struct|record\s+class|record|struct|delegate\s+[\w<>\[\]?.,]+)\s+(?<name>[A-Z]\w*)")]
    private static partial Regex TypeDeclaration();

    private sealed record Declaration(string Path, string Name, bool IsNested, bool IsPartial, bool HasSummary);
}
