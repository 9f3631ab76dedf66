using System.Runtime.CompilerServices;
using System.Text;
using Homelab.Tests.Architecture;
using Snapshooter;
using Snapshooter.Core;
using Snapshooter.Core.Serialization;
using Snapshooter.Exceptions;

namespace Homelab.Tests.Snapshots;

/// <summary>Snapshooter with Verify's file convention: the accepted text lies beside the test as <c>Class.Method.verified.txt</c>, a
/// different one is left as <c>Class.Method.received.txt</c>. Texts are compared as they are, JSON too. A snapshot that does not exist
/// yet is written and passes, except under <c>CI=true</c>, where it fails.</summary>
internal static class VerifiedSnapshot
{
    /// <summary>Compares <paramref name="text"/> with the accepted text of the calling test. Line ends are normalised to LF.</summary>
    /// <param name="text">What the test produced.</param>
    /// <param name="variant">Tells several snapshots of one test apart; becomes part of the file's name.</param>
    /// <param name="file">Left to the compiler.</param>
    /// <param name="method">Left to the compiler.</param>
    public static void Match(string text, string? variant = null, [CallerFilePath] string file = "", [CallerMemberName] string method = "")
    {
        var suffix = variant is null ? "" : "." + variant;
        MatchAt(text, FolderOf(file), $"{Path.GetFileNameWithoutExtension(file)}.{method}{suffix}", Environment.GetEnvironmentVariable("CI") == "true");
    }

    /// <summary>The same with everything said.</summary>
    internal static void MatchAt(string text, string folder, string name, bool isContinuousIntegration)
    {
        var files = new Files(isContinuousIntegration);
        new SnapshotAssert(new SnapshotSerializer(files), files, files, files, files)
            .AssertSnapshot(text.Length == 0 ? "\n" : text, new SnapshotFullName(name, folder), new MatchOptions());
    }

    /// <summary>The folder of a source file; where the compiler was told to map paths, the same folder in the tree.</summary>
    private static string FolderOf(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        var inTree = folder.Replace('\\', '/').LastIndexOf("/Homelab.Tests", StringComparison.Ordinal);
        return Directory.Exists(folder) || inTree < 0 ? folder : Path.Combine(SourceTree.Root, folder[(inTree + 1)..]);
    }

    private sealed class Files(bool isContinuousIntegration)
        : ISnapshotFileHandler, ISnapshotComparer, ISnapshotFormatter, ISnapshotEnvironmentCleaner, ISnapshotSettingsResolver
    {
        private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

        public IEnumerable<SnapshotSerializerSettings> GetConfiguration() => [];

        public string FormatSnapshot(string snapshot, MatchOptions matchOptions) => snapshot;

        public void CompareSnapshots(string expectedSnapshot, string actualSnapshot, MatchOptions matchOptions) =>
            Assert.Equal(expectedSnapshot, actualSnapshot, ignoreLineEndingDifferences: true);

        /// <summary>Called before each comparison: what an earlier run received is out of date.</summary>
        public void Cleanup(SnapshotFullName snapshotFullName) => File.Delete(Received(snapshotFullName));

        public bool TryReadSnapshot(SnapshotFullName snapshotFullName, out string snapshotData)
        {
            var path = Verified(snapshotFullName);
            snapshotData = File.Exists(path) ? File.ReadAllText(path, Utf8) : null!;
            return snapshotData is not null;
        }

        public string ReadSnapshot(SnapshotFullName snapshotFullName) => File.ReadAllText(Verified(snapshotFullName), Utf8);

        public string SaveNewSnapshot(SnapshotFullName snapshotFullName, string snapshotData) => isContinuousIntegration
            ? throw new SnapshotNotFoundException($"{Verified(snapshotFullName)} does not exist; run the test once outside CI and commit it")
            : Write(Verified(snapshotFullName), snapshotData);

        public string SaveMismatchSnapshot(SnapshotFullName snapshotFullName, string snapshotData) => Write(Received(snapshotFullName), snapshotData);

        public void DeleteSnapshot(SnapshotFullName snapshotFullName) => File.Delete(Verified(snapshotFullName));

        public void DeleteSnapshotSubfolder(SnapshotFullName snapshotFullName, string subfolderName)
        {
            // There are no sub-folders in Verify's convention.
        }

        private static string Verified(SnapshotFullName name) => Path.Combine(name.FolderPath, name.Filename + ".verified.txt");

        private static string Received(SnapshotFullName name) => Path.Combine(name.FolderPath, name.Filename + ".received.txt");

        private static string Write(string path, string text)
        {
            File.WriteAllText(path, text, Utf8);
            return path;
        }
    }
}
