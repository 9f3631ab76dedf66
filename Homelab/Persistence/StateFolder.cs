namespace Homelab.Persistence;

/// <summary>The folder that holds what must outlive the process; only its owner may look into it.</summary>
internal sealed class StateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private StateFolder(string path) => Path = path;

    public string Path { get; }

    /// <summary>Makes the folder where it is missing and closes it to others where it is open to them.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made or closed.</exception>
    public static StateFolder Open(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            // The user's own folder there is already closed to others.
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly);
            if ((File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
            {
                File.SetUnixFileMode(path, OwnerOnly);
            }
        }

        return new StateFolder(path);
    }

    /// <summary>The file of a document.</summary>
    /// <exception cref="ArgumentException">The name has anything but small letters, digits and dashes.</exception>
    public string FileOf(string document) =>
        document.Length is > 0 and <= 64 && document.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            ? System.IO.Path.Combine(Path, document + ".json")
            : throw new ArgumentException($"'{document}' is not a document's name", nameof(document));
}
