using Homelab.Persistence;

namespace Homelab.Tests.Persistence;

/// <summary>Documents outlive the process; a disk that fails stops nothing.</summary>
public sealed class FileStateStoreTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("homelab-state").FullName;
    private readonly List<StateFault> _reported = [];

    private string Folder => Path.Combine(_home, "state");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void An_identity_is_made_once()
    {
        var first = NodeIdentity.Obtain(Store(), () => "a-1");
        var second = NodeIdentity.Obtain(Store(), () => "b-2");

        Assert.Equal(("a-1", "a-1"), (first.Id, second.Id));
        Assert.Empty(_reported);
    }

    [Fact]
    public void The_folder_is_closed_to_others_even_where_it_was_open()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Directory.CreateDirectory(Folder, (UnixFileMode)0b111_111_111);
        NodeIdentity.Obtain(Store(), () => "a");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
    }

    [Fact]
    public void A_damaged_document_without_a_previous_one_is_lost_and_reported_once()
    {
        NodeIdentity.Obtain(Store(), () => "a");
        File.WriteAllText(Path.Combine(Folder, "node.json"), "garbage");
        var store = Store();

        Assert.Null(store.Load("node", PersistenceJson.Default.NodeIdentity));
        Assert.Null(store.Load("node", PersistenceJson.Default.NodeIdentity));
        Assert.Equal(StateFaultKind.Lost, Assert.Single(_reported).Kind);
    }

    [Fact]
    public void A_damaged_document_with_a_previous_one_is_recovered_and_saving_ends_the_fault()
    {
        var store = Store();
        store.Save("node", new NodeIdentity("a"), PersistenceJson.Default.NodeIdentity);
        store.Save("node", new NodeIdentity("b"), PersistenceJson.Default.NodeIdentity);
        File.WriteAllText(Path.Combine(Folder, "node.json"), "garbage");

        Assert.Equal("a", store.Load("node", PersistenceJson.Default.NodeIdentity)?.Id);
        Assert.Equal(StateFaultKind.Recovered, Assert.Single(store.Faults).Kind);
        Assert.True(store.Save("node", new NodeIdentity("c"), PersistenceJson.Default.NodeIdentity));
        Assert.Empty(store.Faults);
        Assert.Equal("c", Store().Load("node", PersistenceJson.Default.NodeIdentity)?.Id);
    }

    [Fact]
    public void A_whole_file_of_another_form_is_lost_not_a_crash()
    {
        Directory.CreateDirectory(Folder);
        new CheckedFile(Path.Combine(Folder, "node.json")).Write("[1,2]"u8);

        Assert.Null(Store().Load("node", PersistenceJson.Default.NodeIdentity));
        Assert.Equal(StateFaultKind.Lost, Assert.Single(_reported).Kind);
    }

    [Fact]
    public void A_disk_that_refuses_leaves_the_document_in_memory_until_it_recovers()
    {
        var full = true;
        var store = new FileStateStore(Folder, _reported.Add, path => new CheckedFile(path, (file, content) =>
        {
            if (full)
            {
                throw new IOException("No space left on device", 28);
            }

            AtomicFile.Replace(file, content);
        }));

        Assert.False(store.Save("node", new NodeIdentity("a"), PersistenceJson.Default.NodeIdentity));
        Assert.False(store.Retry());
        Assert.Equal("a", store.Load("node", PersistenceJson.Default.NodeIdentity)?.Id);
        var fault = Assert.Single(_reported);
        Assert.Equal((StateFaultKind.NotSaved, "node cannot be saved and is kept in memory only: the disk is full"), (fault.Kind, fault.Message));

        full = false;
        Assert.True(store.Retry());
        Assert.Empty(store.Faults);
        Assert.Equal("a", Store().Load("node", PersistenceJson.Default.NodeIdentity)?.Id);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_a_fault_and_the_identity_holds_in_memory()
    {
        File.WriteAllText(Folder, "a file where the folder should be");
        var store = Store();
        var identity = NodeIdentity.Obtain(store, () => "a");

        Assert.Equal("a", identity.Id);
        Assert.Equal("a", NodeIdentity.Obtain(store, () => "b").Id);
        Assert.Contains(store.Faults, f => f.Kind == StateFaultKind.NotSaved);
    }

    [Theory]
    [InlineData("../node")]
    [InlineData("")]
    [InlineData("a/b")]
    public void A_name_that_could_leave_the_folder_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => StateFolder.Open(Folder).FileOf(name));

    private FileStateStore Store() => new(Folder, _reported.Add);
}
