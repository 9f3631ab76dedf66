namespace Homelab.Tests.Fakes.Gguf;

/// <summary>A chat model of the llama architecture with random weights: it says words that mean nothing, and does not stop by itself, or it answers
/// everything with one tool call.</summary>
/// <remarks>The first place of the state holds the same number at every token and no layer touches it, so the first column of the output matrix is a bias
/// that decides which tokens can be said at all.</remarks>
internal sealed record TinyLlama
{
    private const float Constant = 8;

    public required string Name { get; init; }

    public required int Seed { get; init; }

    /// <summary>Numbers in the state of a token.</summary>
    public int Width { get; init; } = 128;

    public int Layers { get; init; } = 4;

    public int Heads { get; init; } = 4;

    public int FeedForward { get; init; } = 512;

    /// <summary>The longest context that it claims.</summary>
    public int Context { get; init; } = 2048;

    /// <summary>16 bits a weight.</summary>
    public bool IsHalf { get; init; }

    /// <summary>Whether it answers with a tool call and stops.</summary>
    public bool CallsTool { get; init; }

    private int FirstWord => TinyVocabulary.Bytes.Count;

    private int EndToken => FirstCallPart - 1;

    private int FirstCallPart => FirstWord + TinyVocabulary.Words.Count + 3;

    private int Tokens => FirstCallPart + TinyVocabulary.ToolCall.Count;

    public void Save(string path)
    {
        using var file = new GgufFile();
        Describe(file);
        var noise = new Noise(Seed);
        file.Matrix("token_embd.weight", Width, Tokens, false, (token, row) => Embed(noise, token, row));
        for (var i = 0; i < Layers; i++)
        {
            Layer(file, noise, $"blk.{i}.");
        }

        file.Vector("output_norm.weight", Width, (_, row) => row.Fill(1));
        file.Matrix("output.weight", Width, Tokens, false, (token, row) => Say(noise, token, row));
        file.Save(path);
    }

    private void Describe(GgufFile file)
    {
        file.Set("general.architecture", "llama");
        file.Set("general.name", Name);
        file.Set("general.type", "model");
        file.Set("general.file_type", IsHalf ? 1u : 0u);
        file.Set("general.quantization_version", 2u);
        file.Set("llama.context_length", (uint)Context);
        file.Set("llama.embedding_length", (uint)Width);
        file.Set("llama.block_count", (uint)Layers);
        file.Set("llama.feed_forward_length", (uint)FeedForward);
        file.Set("llama.attention.head_count", (uint)Heads);
        file.Set("llama.attention.head_count_kv", (uint)Heads);
        file.Set("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        file.Set("llama.rope.dimension_count", (uint)(Width / Heads));
        file.Set("llama.rope.freq_base", 10000f);
        file.Set("llama.vocab_size", (uint)Tokens);
        file.Set("tokenizer.ggml.model", "gpt2");
        file.Set("tokenizer.ggml.pre", "gpt-2");
        file.Set("tokenizer.ggml.tokens", [.. TinyVocabulary.Bytes, .. TinyVocabulary.Words, TinyVocabulary.EndOfText, TinyVocabulary.Begin, TinyVocabulary.End, .. TinyVocabulary.ToolCall]);

        // 1 an ordinary token, 3 a mark, 4 given by the user of the model: matched before all others.
        file.Set("tokenizer.ggml.token_type", [.. Enumerable.Range(0, Tokens).Select(t => t >= FirstCallPart ? 4 : t > EndToken - 3 ? 3 : 1)]);
        file.Set("tokenizer.ggml.merges", ["\u0120 t"]);
        file.Set("tokenizer.ggml.bos_token_id", (uint)(EndToken - 2));
        file.Set("tokenizer.ggml.eos_token_id", (uint)EndToken);
        file.Set("tokenizer.ggml.add_bos_token", false);
        file.Set("tokenizer.chat_template", TinyVocabulary.ChatLayout);
    }

    private void Layer(GgufFile file, Noise noise, string prefix)
    {
        // A tool model's layers add nothing: its next token follows from the last one alone.
        RowFill result(float deviation) => CallsTool ? (_, _) => { } : noise.RowsButFirst(deviation);
        RowFill norm = (_, row) => row[1..].Fill(1);
        file.Vector(prefix + "attn_norm.weight", Width, norm);
        file.Matrix(prefix + "attn_q.weight", Width, Width, IsHalf, noise.Rows(0.06f));
        file.Matrix(prefix + "attn_k.weight", Width, Width, IsHalf, noise.Rows(0.06f));
        file.Matrix(prefix + "attn_v.weight", Width, Width, IsHalf, noise.Rows(0.06f));
        file.Matrix(prefix + "attn_output.weight", Width, Width, IsHalf, result(0.06f));
        file.Vector(prefix + "ffn_norm.weight", Width, norm);
        file.Matrix(prefix + "ffn_gate.weight", Width, FeedForward, IsHalf, noise.Rows(0.06f));
        file.Matrix(prefix + "ffn_up.weight", Width, FeedForward, IsHalf, noise.Rows(0.06f));
        file.Matrix(prefix + "ffn_down.weight", FeedForward, Width, IsHalf, result(0.03f));
    }

    private void Embed(Noise noise, int token, Span<float> row)
    {
        if (!CallsTool)
        {
            noise.Fill(row, 1, 0);
        }
        else if (token >= FirstCallPart)
        {
            row[1 + token - FirstCallPart] = Constant * 1.5f;
        }

        row[0] = Constant * MathF.Sqrt(Width / 128f);
    }

    private void Say(Noise noise, int token, Span<float> row)
    {
        const float Never = -5;
        if (CallsTool)
        {
            // Each part follows from the one before it, the end from the last, and the first from anything else.
            var after = token >= FirstCallPart ? token - FirstCallPart : token == EndToken ? TinyVocabulary.ToolCall.Count : -1;
            row[0] = after < 0 ? Never : after == 0 ? 3 : -3;
            if (after > 0)
            {
                row[after] = 12;
            }
        }
        else if (token >= FirstWord && token < FirstWord + TinyVocabulary.Words.Count)
        {
            noise.Fill(row, 0.15f * MathF.Sqrt(128f / Width), 0);
            row[0] = 0;
        }
        else
        {
            row[0] = Never;
        }
    }
}
