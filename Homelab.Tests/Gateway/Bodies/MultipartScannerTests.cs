using System.Text;
using Homelab.Gateway.Bodies;

namespace Homelab.Tests.Gateway.Bodies;

/// <summary>The model part of a form, wherever it stands and however the body is cut.</summary>
public sealed class MultipartScannerTests
{
    private const string Type = "multipart/form-data; boundary=\"b-1\"";

    private const string Form = "--b-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"model\"\r\nContent-Type: audio/wav\r\n\r\n\0\r\n--b-\r\nmodel\xff\r\n"
        + "--b-1\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper:1\r\n--b-1\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n--b-1--\r\n";

    [Fact]
    public void Model_part_is_found_however_the_body_is_cut_into_segments()
    {
        var body = Encoding.Latin1.GetBytes(Form);
        for (var size = 1; size < body.Length; size++)
        {
            Assert.Null(MultipartScanner.Scan(Type, BodyScannerTests.Segments(body, size), out var facts));
            Assert.Equal("whisper:1", facts.Model);
            Assert.True(facts.Stream);
            Assert.Equal("whisper:1", Encoding.Latin1.GetString(body.AsSpan((int)facts.ModelValue.Start, (int)facts.ModelValue.Length)));
        }
    }

    [Fact]
    public async Task Model_is_spliced_bare()
    {
        using var body = new RequestBody(Encoding.Latin1.GetBytes(Form));
        Assert.Null(MultipartScanner.Scan(Type, body.Bytes, out var facts));
        var content = new BodyContent(body, BodyEdits.Of(body.Bytes, facts, "whisper-large:v3", EditRules.None));

        Assert.Equal(Form.Replace("whisper:1", "whisper-large:v3", StringComparison.Ordinal), Encoding.Latin1.GetString(await BodyEditsTests.EditedAsync(content)));
    }

    [Fact]
    public void Part_with_an_empty_file_name_is_a_field_as_it_is_to_the_engine()
    {
        const string Body = "--b-1\r\nContent-Disposition: form-data; name=\"model\"; filename=\"\"\r\n\r\na\r\n--b-1\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nb\r\n--b-1--";
        Assert.Contains("given twice", MultipartScanner.Scan(Type, BodyScannerTests.Sequence(Body), out _)?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_first_disposition_of_a_part_counts()
    {
        const string Body = "--b-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\na\r\n--b-1\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nb\r\n--b-1--";
        Assert.Null(MultipartScanner.Scan(Type, BodyScannerTests.Sequence(Body), out var facts));
        Assert.Equal("b", facts.Model);
    }

    [Theory]
    [InlineData("multipart/form-data", "x", "boundary")]
    [InlineData(Type, "--b-1\r\nContent-Disposition: form-data;\r\n name=\"model\"\r\n\r\na\r\n--b-1--", "folded")]
    [InlineData(Type, "--b-1\r\nContent-Disposition: form-data; name*=utf-8''model\r\n\r\na\r\n--b-1--", "encoded name")]
    [InlineData(Type, "--b-1\r\nContent-Disposition: form-data; name*0=\"mo\"; name*1=\"del\"\r\n\r\na\r\n--b-1--", "encoded name")]
    [InlineData(Type, "no boundary here", "boundary")]
    [InlineData(Type, "--b-1\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\na", "ends within a part")]
    [InlineData(Type, "--b-1\r\nContent-Disposition: form-data; name=\"model\"", "no end of its headers")]
    [InlineData(Type, "--b-1\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\na\r\n--b-1--", "model is required")]
    [InlineData(Type, "--b-1\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\na\r\n--b-1\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nb\r\n--b-1--", "given twice")]
    [InlineData(Type, "--b-1\r\nContent-Disposition: form-data; name=\"Model\"\r\n\r\na\r\n--b-1--", "lower case")]
    [InlineData(Type, "--b-1\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\na\0b\r\n--b-1--", "control character")]
    public void Broken_form_is_refused(string type, string body, string message)
    {
        var error = MultipartScanner.Scan(type, BodyScannerTests.Sequence(body), out _);

        Assert.Equal(400, error?.Status);
        Assert.Contains(message, error!.Message, StringComparison.Ordinal);
    }
}
