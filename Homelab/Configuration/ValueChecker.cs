using System.Globalization;
using Homelab.Configuration.Keys;
using Homelab.Configuration.Yaml;
using Homelab.Domain.Models;
using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration;

/// <summary>Checks single values: references, type, form and range.</summary>
internal sealed class ValueChecker(ConfigurationReport report, ReferenceExpander? references)
{
    /// <summary>The value in the form that the classes are filled from; null where it is wrong, which is then reported, or not set.</summary>
    public YamlNode.Scalar? Check(ConfigurationKey key, YamlNode node, string path)
    {
        if (node is not YamlNode.Scalar written)
        {
            report.Add(node.Position, path, $"must be {Noun(key)}, not a {(node is YamlNode.Sequence ? "list" : "mapping")}");
            return null;
        }

        if (written.IsNull)
        {
            if (key.Default is not null || key.Required)
            {
                report.Add(node.Position, path, $"has no value; write {Noun(key)} or remove the key");
            }

            return null;
        }

        var value = written;
        if (references is not null)
        {
            if (references.Expand(written, key.Secret, out var problem) is not { } expanded)
            {
                report.Add(node.Position, path, problem!);
                return null;
            }

            value = expanded;
        }

        if (Judge(key, value, out var text) is not { } wrong)
        {
            // Words and numbers are written plain, texts are not, however they stood in the file.
            return value with { Text = text, Plain = key.Kind is not (Kind.Text or Kind.TextList) && !value.IsReference };
        }

        report.Add(node.Position, path, $"{Wording.Quote(value, key.Secret)} {wrong}");
        return null;
    }

    private static string Noun(ConfigurationKey key) => key.Kind switch
    {
        Kind.Boolean => "true or false",
        Kind.Integer => "a whole number",
        Kind.Number => "a number",
        Kind.Duration => "a duration such as 90s, 15m or 1h30m",
        Kind.Size => "a size such as 512MiB or 24GiB",
        Kind.Choice => "one of " + string.Join(", ", key.Choices),
        _ => "a text",
    };

    /// <summary>What is wrong, as the end of a sentence that starts with the value; null where nothing is.</summary>
    private static string? Judge(ConfigurationKey key, YamlNode.Scalar value, out string text)
    {
        text = value.Text;
        // What stands in quotes in the file is a text; what a reference or a variable holds has no other form.
        var quoted = !value.Plain && !value.IsReference;
        switch (key.Kind)
        {
            case Kind.Boolean:
                text = text is "true" or "True" or "TRUE" ? "true" : text is "false" or "False" or "FALSE" ? "false" : "";
                return text.Length == 0 ? "is not true or false" : quoted ? "stands in quotes; write true or false without them" : null;
            case Kind.Integer:
                if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
                {
                    return "is not a whole number";
                }

                text = integer.ToString(CultureInfo.InvariantCulture);
                return quoted ? "stands in quotes; write the number without them" : OutOfRange(key, integer, n => n.ToString(CultureInfo.InvariantCulture));
            case Kind.Number:
                if (!double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
                {
                    return "is not a number";
                }

                return quoted ? "stands in quotes; write the number without them" : OutOfRange(key, number, n => n.ToString(CultureInfo.InvariantCulture));
            case Kind.Duration:
                if (!Duration.TryParse(text, out var duration))
                {
                    return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _)
                        ? "has no unit; write for example 90s, 15m or 1h30m"
                        : "is not a duration; write for example 90s, 15m or 1h30m";
                }

                return OutOfRange(key, duration.Value.TotalSeconds, n => Duration.FromSeconds(n).ToString());
            case Kind.Size:
                return ByteSize.TryParse(text, out var size)
                    ? OutOfRange(key, size.Bytes, n => new ByteSize((long)n).ToString().Replace(" ", "", StringComparison.Ordinal))
                    : "is not a size; write for example 512MiB, 24GiB or 8GB";
            case Kind.Choice:
                return key.Choices.Contains(text) ? null : $"is not one of {string.Join(", ", key.Choices)}{Wording.DidYouMean(value.IsReference ? "" : text, key.Choices)}";
            default:
                return key.Format.Check(text);
        }
    }

    private static string? OutOfRange(ConfigurationKey key, double number, Func<double, string> show) => (key.Minimum, key.Maximum) switch
    {
        ({ } low, { } high) when number < low || number > high => $"is out of range; it must be from {show(low)} to {show(high)}",
        ({ } low, null) when number < low => $"is too small; it must be at least {show(low)}",
        (null, { } high) when number > high => $"is too large; it must be at most {show(high)}",
        _ => null,
    };
}
