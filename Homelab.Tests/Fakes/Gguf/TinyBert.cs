namespace Homelab.Tests.Fakes.Gguf;

/// <summary>An embedding model of the bert architecture with random weights.</summary>
internal sealed record TinyBert(string Name, int Seed)
{
    private const int Width = 128;
    private const int Layers = 2;
    private const int FeedForward = 256;
    private const int Context = 512;

    // The marks come first, in this order.
    private static readonly string[] Marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    public void Save(string path)
    {
        // Letters as the beginning of a word (marked as the engine marks it) and inside one.
        var letters = Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Where(c => !char.IsAsciiLetterUpper(c)).Select(c => c.ToString()).ToList();
        string[] tokens = [.. Marks, .. letters.Select(l => "\u2581" + l), .. letters];
        using var file = new GgufFile();
        file.Set("general.architecture", "bert");
        file.Set("general.name", Name);
        file.Set("general.type", "model");
        file.Set("general.file_type", 0u);
        file.Set("general.quantization_version", 2u);
        file.Set("bert.context_length", (uint)Context);
        file.Set("bert.embedding_length", (uint)Width);
        file.Set("bert.block_count", (uint)Layers);
        file.Set("bert.feed_forward_length", (uint)FeedForward);
        file.Set("bert.attention.head_count", 4u);
        file.Set("bert.attention.layer_norm_epsilon", 1e-12f);
        file.Set("bert.attention.causal", false);
        file.Set("bert.pooling_type", 1u);
        file.Set("tokenizer.ggml.model", "bert");
        file.Set("tokenizer.ggml.pre", "default");
        file.Set("tokenizer.ggml.token_type_count", 2u);
        file.Set("tokenizer.ggml.tokens", tokens);
        file.Set("tokenizer.ggml.token_type", [.. tokens.Select((_, i) => i == 1 ? 2 : i < Marks.Length ? 3 : 1)]);
        file.Set("tokenizer.ggml.bos_token_id", 2u);
        file.Set("tokenizer.ggml.cls_token_id", 2u);
        file.Set("tokenizer.ggml.eos_token_id", 3u);
        file.Set("tokenizer.ggml.seperator_token_id", 3u); // the format's own spelling
        file.Set("tokenizer.ggml.unknown_token_id", 1u);
        file.Set("tokenizer.ggml.padding_token_id", 0u);
        file.Set("tokenizer.ggml.mask_token_id", 4u);

        var noise = new Noise(Seed);
        file.Matrix("token_embd.weight", Width, tokens.Length, false, noise.Rows(1));
        file.Matrix("token_types.weight", Width, 2, false, noise.Rows(0.1f));
        file.Matrix("position_embd.weight", Width, Context, false, noise.Rows(0.1f));
        Norm(file, noise, "token_embd_norm");
        for (var i = 0; i < Layers; i++)
        {
            var prefix = $"blk.{i}.";
            foreach (var attention in (string[])["attn_q", "attn_k", "attn_v", "attn_output"])
            {
                Linear(file, noise, prefix + attention, Width, Width);
            }

            Linear(file, noise, prefix + "ffn_up", Width, FeedForward);
            Linear(file, noise, prefix + "ffn_down", FeedForward, Width);
            Norm(file, noise, prefix + "attn_output_norm");
            Norm(file, noise, prefix + "layer_output_norm");
        }

        file.Save(path);
    }

    private static void Linear(GgufFile file, Noise noise, string name, int columns, int rows)
    {
        file.Matrix(name + ".weight", columns, rows, false, noise.Rows(0.06f));
        file.Vector(name + ".bias", rows, noise.Rows(0.02f));
    }

    private static void Norm(GgufFile file, Noise noise, string name)
    {
        file.Vector(name + ".weight", Width, (_, row) => row.Fill(1));
        file.Vector(name + ".bias", Width, noise.Rows(0.02f));
    }
}
