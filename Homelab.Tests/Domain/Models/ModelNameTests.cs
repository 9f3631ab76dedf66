using CsCheck;
using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Models;

/// <summary>Names come from the network: Ollama's grammar, and nothing else.</summary>
public sealed class ModelNameTests
{
    private const string Part80 = "a1234567890123456789012345678901234567890123456789012345678901234567890123456789";

    private static readonly Gen<string> Part = Gen.String[Gen.Char["abcXYZ019_"], 1, 20];

    [Theory]
    [InlineData("llama3", "llama3:latest")]
    [InlineData("llama3.1:8b", "llama3.1:8b")]
    [InlineData("LLaMA3:8B-Instruct-Q4_K_M", "llama3:8b-instruct-q4_k_m")]
    [InlineData("_x:_y", "_x:_y")]
    [InlineData("a..b", "a..b:latest")]
    [InlineData("user/model", "user/model:latest")]
    [InlineData("hf.co/user/repo:Q4_K_M", "hf.co/user/repo:q4_k_m")]
    [InlineData("hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF", "hf.co/bartowski/llama-3.2-1b-instruct-gguf:latest")]
    [InlineData("registry.local:5000/library/tinyreg:latest", "registry.local:5000/library/tinyreg:latest")]
    [InlineData("library/llama3", "llama3:latest")]
    [InlineData("registry.ollama.ai/library/llama3:8b", "llama3:8b")]
    [InlineData("Registry.Ollama.AI/Library/llama3", "llama3:latest")]
    [InlineData("registry.ollama.ai/user/model", "user/model:latest")]
    [InlineData(Part80 + ":" + Part80, Part80 + ":" + Part80)]
    public void Name_as_Ollama_accepts_it_is_made_canonical(string text, string canonical)
    {
        Assert.True(ModelName.TryParse(text, out var name));
        Assert.Equal(canonical, name.Value);
        Assert.Equal(ModelName.Parse(text), ModelName.Parse(canonical));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" llama3")]
    [InlineData("llama3 ")]
    [InlineData("llama 3")]
    [InlineData("llama3\0")]
    [InlineData("llama3\n")]
    [InlineData("llama3\r\nx: y")]
    [InlineData("llama3\t")]
    [InlineData("..")]
    [InlineData("../x")]
    [InlineData("../../etc/passwd")]
    [InlineData("a/../x")]
    [InlineData("a/..")]
    [InlineData("/etc/passwd")]
    [InlineData("./x")]
    [InlineData("a\\b")]
    [InlineData("C:\\x")]
    [InlineData("x:..")]
    [InlineData("x:a/b")]
    [InlineData(":8b")]
    [InlineData("x:")]
    [InlineData("x:a:b")]
    [InlineData("-x")]
    [InlineData(".x")]
    [InlineData("a//b")]
    [InlineData("/b")]
    [InlineData("a/")]
    [InlineData("a/b/c/d")]
    [InlineData("http://h/n/m")]
    [InlineData("dotted.name/m")]
    [InlineData("h:80/m")]
    [InlineData("m@sha256:abc")]
    [InlineData("modèle")]
    [InlineData("ｍodel")]
    [InlineData("\u212a")] // Kelvin sign, which lower-cases to k
    [InlineData("model\u200b")]
    [InlineData("\ud83e\udd99")]
    [InlineData("\ud800")]
    [InlineData("%2e%2e")]
    [InlineData("a?b=c")]
    [InlineData("a\"b")]
    [InlineData("x" + Part80)]
    [InlineData("m:x" + Part80)]
    public void Anything_else_is_refused(string? text) => Assert.False(ModelName.TryParse(text, out _));

    [Fact]
    public void Ten_kilobytes_of_name_are_refused_in_any_shape()
    {
        Assert.False(ModelName.TryParse(new string('a', 10_000), out _));
        Assert.False(ModelName.TryParse(new string('/', 10_000), out _));
        Assert.False(ModelName.TryParse("a:" + new string('a', 10_000), out _));
        Assert.False(ModelName.TryParse(new string('h', 351) + "/n/m", out _));
        Assert.True(ModelName.TryParse(new string('h', 350) + "/n/m", out _));
    }

    [Fact]
    public void Message_about_a_bad_name_is_one_short_line()
    {
        var error = Assert.Throws<FormatException>(() => ModelName.Parse("x\r\nSet-Cookie: a=b\u001b[2J" + new string('a', 10_000)));

        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.True(error.Message.Length < 150);
    }

    [Fact]
    public void No_name_is_empty_and_equal_to_itself()
    {
        Assert.Equal("", default(ModelName).Value);
        Assert.Equal(default, default(ModelName));
        Assert.NotEqual(default, ModelName.Parse("x"));
    }

    [Fact]
    public void Any_text_is_refused_or_becomes_a_canonical_name_that_is_safe_anywhere() => Gen.OneOf(Gen.String, Gen.String[Gen.Char["aZ9_-./:@ "], 0, 30]).Sample(text =>
        !ModelName.TryParse(text, out var name)
        || (ModelName.TryParse(name.Value, out var again) && again == name && again.Value == name.Value
            && name.Value.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || "_-./:".Contains(c))
            && !name.Value.Split('/').Any(part => part is "" or "." or "..")));

    [Fact]
    public void Case_never_tells_two_models_apart() => Gen.Select(Part, Part, Part).Sample((space, model, tag) =>
        ModelName.Parse($"{space}/{model}:{tag}") == ModelName.Parse($"{space}/{model}:{tag}".ToUpperInvariant())
        && ModelName.Parse($"{space}/{model}:{tag}").CompareTo(ModelName.Parse($"{space}/{model}:{tag}".ToUpperInvariant())) == 0);
}
