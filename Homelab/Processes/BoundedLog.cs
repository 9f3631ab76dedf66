namespace Homelab.Processes;

/// <summary>A log file that never grows beyond a bound: when it is full it becomes <c>NAME.1</c>, replacing the former one, and starts anew.
/// A disk that takes no more loses output and nothing else. Not thread-safe.</summary>
internal sealed class BoundedLog : IDisposable
{
    /// <summary>Bytes of one file; two are kept.</summary>
    public const long DefaultLimit = 10 << 20;

    private readonly string _path;
    private readonly long _limit;
    private FileStream? _file;

    public BoundedLog(string path, long limit = DefaultLimit)
    {
        (_path, _limit) = (path, limit);
        Open();
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (_file is not null && _file.Length > 0 && _file.Length + bytes.Length > _limit)
            {
                _file.Dispose();
                _file = null;
                File.Move(_path, _path + ".1", overwrite: true);
                Open();
            }

            _file?.Write(bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    public void Dispose() => _file?.Dispose();

    private void Open()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            _file = new FileStream(_path, options);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _file = null;
        }
    }
}
