namespace Homelab.Cli.Doctor.Checks;

/// <summary>Nobody else can change homelab's files, and nobody else can read those with secrets.</summary>
internal sealed class FolderCheck : IDoctorCheck
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode OthersRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public string Name => "folder";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        var wrong = facts.Files.SelectMany(f => Judge(f, facts)).ToList();
        return wrong.Count > 0
            ? wrong
            : [new Finding(Name, FindingOutcome.Ok, facts.Files is [{ Exists: true } root, ..] ? $"{root.Path} belongs to you alone to change" : "homelab's folder is made at the first start")];
    }

    private IEnumerable<Finding> Judge(FileReading file, DoctorFacts facts)
    {
        if (file.Mode is not { } mode)
        {
            yield break;
        }

        if ((mode & OthersWrite) != 0)
        {
            yield return new Finding(Name, FindingOutcome.Fail, $"{file.Path} can be changed by other users", $"chmod go-w '{file.Path}'");
        }
        else if (file.Path == facts.Loaded.File && facts.Config.Daemon.ApiKeys.Count > 0 && (mode & OthersRead) != 0)
        {
            yield return new Finding(Name, FindingOutcome.Warn, $"{file.Path} names keys and can be read by other users", $"chmod 600 '{file.Path}'");
        }
    }
}
