using System.Text.Json;
using Homelab.Engines.Gguf;

namespace Homelab.Engines.Ollama;

/// <summary>What <c>/api/show</c> says about a model, as far as its memory need follows from it. The tokenizer is skipped while it streams by.</summary>
internal sealed class ShowMetadata
{
    private readonly List<double> _array = [];
    private readonly List<double> _shape = [];
    private string _section = "";
    private string _key = "";
    private string _tensorName = "";
    private string _tensorType = "";
    private bool _inArray;
    private int _skipped;

    private ShowMetadata()
    {
    }

    /// <summary><c>model_info</c> and <c>tensors</c>.</summary>
    public GgufMetadata Model { get; } = new();

    /// <summary>Keys whose array was left out of the answer (null or empty without <c>verbose</c>).</summary>
    public HashSet<string> Withheld { get; } = [];

    public List<string> Capabilities { get; } = [];

    /// <summary>The Modelfile that would make the model; null where the answer has none.</summary>
    public string? Modelfile { get; private set; }

    /// <summary>The model's own parameters, one a line: name, spaces, value.</summary>
    public string Parameters { get; private set; } = "";

    /// <summary>Whether there is a projector file of its own.</summary>
    public bool HasProjector { get; private set; }

    /// <exception cref="JsonException">The answer is not what it should be.</exception>
    public static async Task<ShowMetadata> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var metadata = new ShowMetadata();
        await JsonTokenStream.ReadAsync(stream, metadata.Take, cancellation);
        return metadata;
    }

    private void Take(ref Utf8JsonReader reader)
    {
        if (reader.CurrentDepth == 0 && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.EndObject))
        {
            throw new JsonException("not an object");
        }

        if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName)
        {
            _section = Name(ref reader);
            return;
        }

        switch (_section)
        {
            case "model_info":
                TakeInfo(ref reader);
                break;
            case "projector_info":
                HasProjector |= reader.CurrentDepth == 2 && reader.TokenType == JsonTokenType.PropertyName;
                break;
            case "modelfile" when reader.TokenType == JsonTokenType.String:
                Modelfile = reader.GetString();
                break;
            case "parameters" when reader.TokenType == JsonTokenType.String:
                Parameters = reader.GetString() ?? "";
                break;
            case "capabilities" when reader.TokenType == JsonTokenType.String && Capabilities.Count < 64:
                Capabilities.Add(reader.GetString() ?? "");
                break;
            case "tensors":
                TakeTensor(ref reader);
                break;
        }
    }

    private void TakeInfo(ref Utf8JsonReader reader)
    {
        if (reader.CurrentDepth == 2 && reader.TokenType == JsonTokenType.PropertyName)
        {
            _key = Name(ref reader);
        }
        else if (reader.CurrentDepth == 2 && reader.TokenType == JsonTokenType.StartArray)
        {
            (_inArray, _skipped) = (true, 0);
            _array.Clear();
        }
        else if (reader.CurrentDepth == 2 && reader.TokenType == JsonTokenType.EndArray)
        {
            _inArray = false;
            EndArray();
        }
        else if (_inArray)
        {
            TakeElement(ref reader);
        }
        else if (reader.CurrentDepth == 2)
        {
            TakeScalar(ref reader);
        }
    }

    private void TakeElement(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False && _array.Count < GgufMetadata.MaximumArray)
        {
            _array.Add(Number(ref reader));
        }
        else
        {
            _skipped++;
        }
    }

    private void EndArray()
    {
        if (_key == "tokenizer.ggml.tokens")
        {
            Model.TokenCount = _array.Count + _skipped;
        }

        if (_array.Count + _skipped == 0)
        {
            Withheld.Add(_key);
        }
        else if (_skipped == 0 && Model.Arrays.Count < GgufMetadata.MaximumKeys && !_key.StartsWith("tokenizer.", StringComparison.Ordinal))
        {
            Model.Arrays[_key] = [.. _array];
        }
    }

    private void TakeScalar(ref Utf8JsonReader reader)
    {
        if (Model.Numbers.Count + Model.Texts.Count + Withheld.Count >= GgufMetadata.MaximumKeys)
        {
            throw new JsonException("too many keys");
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                Model.Numbers[_key] = Number(ref reader);
                break;
            case JsonTokenType.String when reader.ValueSpan.Length <= 1024:
                Model.Texts[_key] = reader.GetString() ?? "";
                break;
            case JsonTokenType.Null:
                Withheld.Add(_key);
                break;
        }
    }

    private void TakeTensor(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                _key = Name(ref reader);
                break;
            case JsonTokenType.String when _key == "name":
                _tensorName = Name(ref reader);
                break;
            case JsonTokenType.String when _key == "type":
                _tensorType = Name(ref reader);
                break;
            case JsonTokenType.Number when _key == "shape" && _shape.Count < 8:
                _shape.Add(Number(ref reader));
                break;
            case JsonTokenType.EndObject when reader.CurrentDepth == 2:
                Model.Tensors.Add(_tensorName, _tensorType, _shape);
                (_tensorName, _tensorType) = ("", "");
                _shape.Clear();
                break;
        }
    }

    private static string Name(ref Utf8JsonReader reader) =>
        reader.ValueSpan.Length <= 1024 ? reader.GetString() ?? "" : "";

    private static double Number(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => 1,
        JsonTokenType.False => 0,
        _ => reader.TryGetDouble(out var value) && double.IsFinite(value) ? value : 0,
    };
}
