using CsCheck;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Domain.Placement;

/// <summary>The table of nodes against a plain sorted dictionary.</summary>
public sealed class NodeTableTests
{
    [Fact]
    public void Table_holds_what_a_dictionary_would_and_its_indexes_hold_what_its_nodes_do() =>
        Gen.Select(Gen.Int[0, 400], Gen.Int[0, 4], Gen.Int[0, 3]).Array[1, 500].Sample(
            steps =>
            {
                var expected = new SortedDictionary<string, NodeSnapshot>(StringComparer.Ordinal);
                var table = NodeTable.Empty;
                foreach (var (number, act, model) in steps)
                {
                    var id = $"n{number}";
                    if (act == 0)
                    {
                        expected.Remove(id);
                        table = table.Without(id);
                    }
                    else
                    {
                        var node = act == 1 && expected.TryGetValue(id, out var known)
                            ? known with { Replicas = [Hot($"m{model}", 4)] }
                            : Node(id, 24, [Model($"m{model}", 4)], act == 2 ? [] : [Hot($"m{(model + 1) % 4}", 4)]);
                        expected[id] = node;
                        table = table.With(node);
                    }

                    // Asked now and then, so that versions with and without built indexes follow each other.
                    if (number % 7 == 0)
                    {
                        AssertSame(expected, table);
                    }
                }

                AssertSame(expected, table);
            },
            iter: 60);

    [Fact]
    public void Changing_one_node_leaves_earlier_versions_as_they_were()
    {
        var before = NodeTable.Of(Enumerable.Range(0, 1000).Select(i => Node($"n{i:0000}", 24, [Model("m", 8)])));

        var after = before.With(before.Find("n0500")! with { Replicas = [Hot("m", 8)] });

        Assert.Empty(before.Find("n0500")!.Replicas);
        Assert.Single(after.Find("n0500")!.Replicas);
        Assert.Equal(before.Version + 1, after.Version);
        Assert.Equal(before.Chunks.Length - 1, before.Chunks.Count(chunk => after.Chunks.Contains(chunk)));
    }

    private static void AssertSame(SortedDictionary<string, NodeSnapshot> expected, NodeTable table)
    {
        Assert.Equal(expected.Count, table.Count);
        Assert.Equal(expected.Values, table);
        Assert.All(expected, pair => Assert.Same(pair.Value, table.Find(pair.Key)));
        for (var model = 0; model < 4; model++)
        {
            var name = Name($"m{model}");
            var installed = new List<string>();
            var held = new List<string>();
            foreach (var chunk in table.Chunks)
            {
                foreach (var entry in chunk.Installed.Of(name))
                {
                    installed.Add(chunk.Nodes[entry.Slot].Id);
                }

                foreach (var slot in chunk.Held.Of(name))
                {
                    held.Add(chunk.Nodes[slot].Id);
                }
            }

            Assert.Equal(expected.Values.Where(n => n.Inventory.Models.ContainsKey(name)).Select(n => n.Id), installed.Order(StringComparer.Ordinal));
            Assert.Equal(expected.Values.Where(n => n.Find(name) is not null).Select(n => n.Id), held);
        }
    }
}
