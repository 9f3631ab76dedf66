using System.Net.Sockets;
using Homelab.Configuration;
using Homelab.Control;
using Homelab.Roles.Daemon.Infra;

namespace Homelab.Tests.Roles.Daemon.Infra;

/// <summary>Every way out of a root that is known, tried on the real file system.</summary>
public sealed class HostilePathTests
{
    [Theory]
    [InlineData("../outside.log")]
    [InlineData("sub/../../outside.log")]
    [InlineData("..")]
    [InlineData("sub/..")]
    [InlineData("./app.log")]
    [InlineData("sub//app.log")]
    [InlineData("/etc/passwd")]
    [InlineData("//etc/passwd")]
    [InlineData("~/app.log")]
    [InlineData("..\\outside.log")]
    [InlineData("C:\\Windows\\win.ini")]
    [InlineData("C:/Windows/win.ini")]
    [InlineData("\\\\server\\share\\app.log")]
    [InlineData("app.log\0.txt")]
    [InlineData("app\n.log")]
    public void A_path_that_does_not_go_down_from_the_root_is_refused_before_the_disk_is_asked(string path)
    {
        using var folder = new InfraFolder();
        folder.Write("app.log", "fine");
        folder.Write("sub/app.log", "fine");

        var refused = folder.Refused(path);

        Assert.Equal(InfraProblem.Refused, refused.Problem.Code);
        Assert.Contains("refused", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_is_no_text_is_refused()
    {
        using var folder = new InfraFolder();

        Assert.All((string[])["app\ud800.log", "\udc00", "app\ud83d"], path => Assert.Equal(InfraProblem.Refused, folder.Refused(path).Problem.Code));
        Assert.Equal(InfraProblem.NotFound, folder.Refused("app\ud83d\ude42.log").Problem.Code);
    }

    [Theory]
    [InlineData("%2e%2e/outside.log")]
    [InlineData("%2e%2e%2foutside.log")]
    [InlineData("..%2foutside.log")]
    [InlineData("\u2025/outside.log")]
    [InlineData("．．/outside.log")]
    public void What_only_looks_like_a_way_up_is_a_name_that_is_not_there(string path)
    {
        using var folder = new InfraFolder();

        Assert.Equal(InfraProblem.NotFound, folder.Refused(path).Problem.Code);
    }

    [Theory]
    [InlineData("con")]
    [InlineData("nul.log")]
    [InlineData("COM1")]
    [InlineData("lpt9.txt")]
    [InlineData("ab:stream")]
    [InlineData("a.log::$DATA")]
    [InlineData("a.log.")]
    [InlineData("a.log ")]
    public void Names_that_are_none_on_Windows_are_refused_there(string path)
    {
        Assert.Contains("is no file's name on Windows", AskedPath.Parse(path, out _, windows: true), StringComparison.Ordinal);
        Assert.Null(AskedPath.Parse(path, out _, windows: false));
    }

    [UnixFact]
    public void A_link_that_leaves_the_root_is_refused_whether_or_not_there_is_anything_at_its_end()
    {
        using var folder = new InfraFolder();
        File.CreateSymbolicLink(folder.At("absolute.log"), Path.Combine(folder.Above, "outside.log"));
        File.CreateSymbolicLink(folder.At("relative.log"), "../outside.log");
        File.CreateSymbolicLink(folder.At("beside.log"), "../root-beside/outside.log");
        File.CreateSymbolicLink(folder.At("nowhere.log"), "../no-such-file.log");
        Directory.CreateSymbolicLink(folder.At("up"), "..");
        Directory.CreateSymbolicLink(folder.At("etc"), "/etc");

        foreach (var path in (string[])["absolute.log", "relative.log", "beside.log", "nowhere.log", "up/outside.log", "etc/hosts", "up/root/relative.log"])
        {
            var refused = folder.Refused(path);
            Assert.Equal(InfraProblem.Refused, refused.Problem.Code);
            Assert.Contains("link", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(InfraProblem.Refused, Assert.Throws<InfraException>(() => folder.Files.List(folder.Root, "etc")).Problem.Code);
        var listed = folder.Files.List(folder.Root, "");
        Assert.Equal(6, listed.Entries.Count);
        Assert.All(listed.Entries, e => Assert.True(e is { Kind: "link", Refused: not null, SizeBytes: null }, $"{e}"));
    }

    [UnixFact]
    public void A_link_that_stays_below_the_root_is_followed_and_held_against_the_rules_of_where_it_leads()
    {
        using var folder = new InfraFolder("**/*.log");
        folder.Write("2031/app.log", "fine");
        folder.Write("2031/app.txt", "not included");
        folder.Write("keys/id_rsa", "secret");
        File.CreateSymbolicLink(folder.At("current.log"), "2031/app.log");
        File.CreateSymbolicLink(folder.At("text.log"), "2031/app.txt");
        File.CreateSymbolicLink(folder.At("key.log"), "keys/id_rsa");
        File.CreateSymbolicLink(folder.At("loop.log"), "loop.log");

        if (OperatingSystem.IsLinux())
        {
            Assert.Equal("fine", folder.Files.Read(folder.Root, "current.log", 0).Text);
        }

        Assert.All((string[])["text.log", "key.log", "loop.log"], path => Assert.Equal(InfraProblem.Refused, folder.Refused(path).Problem.Code));
    }

    [UnixFact]
    public async Task A_link_that_is_exchanged_while_it_is_read_never_shows_what_lies_outside()
    {
        using var folder = new InfraFolder();
        folder.Write("inside/app.log", "inside");
        Directory.CreateDirectory(Path.Combine(folder.Above, "elsewhere"));
        await File.WriteAllTextAsync(Path.Combine(folder.Above, "elsewhere", "app.log"), InfraFolder.Outside);
        using var over = new CancellationTokenSource();
        var swaps = 0;
        var swapping = Task.Run(() =>
        {
            // A folder becomes a link that leads out, and a folder again, by one rename each.
            Directory.Move(folder.At("inside"), folder.At("spare"));
            Directory.CreateSymbolicLink(folder.At("link"), Path.Combine(folder.Above, "elsewhere"));
            for (; !over.IsCancellationRequested; swaps++)
            {
                Directory.Move(folder.At("spare"), folder.At("inside"));
                Directory.Move(folder.At("inside"), folder.At("spare"));
                Directory.Move(folder.At("link"), folder.At("inside"));
                Directory.Move(folder.At("inside"), folder.At("link"));
            }
        });

        var (shown, refused) = (0, 0);
        for (var i = 0; (i < 20_000 || Volatile.Read(ref swaps) < 200) && !swapping.IsCompleted; i++)
        {
            try
            {
                Assert.Equal("inside", folder.Files.Read(folder.Root, "inside/app.log", 0).Text);
                shown++;
            }
            catch (InfraException)
            {
                refused++;
            }
        }

        await over.CancelAsync();
        await swapping;
        Assert.True(refused > 0, $"{shown} shown, none refused in {swaps} exchanges: nothing was tried");
    }

    [UnixFact]
    public async Task Pipes_sockets_and_devices_are_refused_at_once_and_never_opened_for_reading()
    {
        using var folder = new InfraFolder();
        await folder.PipeAsync("pipe.log");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder.At("s.log")));

        Assert.Contains("it is a pipe", folder.Refused("pipe.log").Message, StringComparison.Ordinal);
        Assert.Contains("it is a socket", folder.Refused("s.log").Message, StringComparison.Ordinal);
        foreach (var device in (string[])["null", "zero", "tty", "urandom"])
        {
            var refused = Assert.Throws<InfraException>(() => folder.Files.Read(new InfraRoot("devices", "/dev", ["**"]), device, 0));
            Assert.Contains("it is a device", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["pipe", "socket"], folder.Files.List(folder.Root, "").Entries.Where(e => e.Refused is not null).Select(e => e.Kind));
    }

    [Theory]
    [InlineData("/proc", "self/environ")]
    [InlineData("/proc", "self/status")]
    [InlineData("/proc", "version")]
    [InlineData("/proc/self", "cmdline")]
    [InlineData("/sys", "kernel/uevent_seqnum")]
    [InlineData("/", "proc/version")]
    [InlineData("/", "proc/self/environ")]
    public void What_the_kernel_shows_as_files_is_refused_whatever_root_it_lies_below(string root, string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var folder = new InfraFolder();
        var kernels = new InfraRoot("kernel", root, ["**"]);

        Assert.Equal(InfraProblem.Refused, Assert.Throws<InfraException>(() => folder.Files.Read(kernels, path, 0)).Problem.Code);
        Assert.Equal(InfraProblem.Refused, Assert.Throws<InfraException>(() => folder.Files.List(kernels, root == "/" ? "proc" : "")).Problem.Code);
    }

    [UnixFact]
    public void The_kernels_own_links_are_not_followed()
    {
        using var folder = new InfraFolder();
        File.CreateSymbolicLink(folder.At("self.log"), "/proc/self/environ");

        Assert.Equal(InfraProblem.Refused, folder.Refused("self.log").Problem.Code);
        Assert.Equal(InfraProblem.Refused, Assert.Throws<InfraException>(() => folder.Files.Read(new InfraRoot("all", "/", ["**"]), "proc/self/root/etc/hostname", 0)).Problem.Code);
    }

    [Fact]
    public void A_root_is_not_what_only_begins_with_its_name()
    {
        using var folder = new InfraFolder();

        Assert.Equal(InfraProblem.Refused, folder.Refused("../root-beside/outside.log").Problem.Code);
        Assert.Equal(InfraProblem.NotFound, folder.Refused("-beside/outside.log").Problem.Code);
    }

    [Fact]
    public void Of_homelabs_own_folder_only_the_logs_are_shown_whatever_root_it_lies_below()
    {
        using var folder = new InfraFolder();
        foreach (var path in (string[])["home/state/node.json", "home/homelab.yaml", "home/apps/a.yaml", "home/logs/daemon.log"])
        {
            var file = Path.Combine(folder.Above, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "a line");
        }

        var above = new InfraRoot("above", folder.Above, ["**"]);
        foreach (var (root, path) in new[] { (above, "home/state/node.json"), (above, "home/homelab.yaml"), (above, "home/apps/a.yaml"), (new InfraRoot("state", folder.Home.State, ["**"]), "node.json") })
        {
            Assert.Equal(InfraProblem.Refused, Assert.Throws<InfraException>(() => folder.Files.Read(root, path, 0)).Problem.Code);
        }

        Assert.Equal("a line", folder.Files.Read(above, "home/logs/daemon.log", 0).Text);
        Assert.Equal(["apps", "homelab.yaml", "state"], folder.Files.List(above, "home").Entries.Where(e => e.Refused is not null).Select(e => e.Name));
    }

    [UnixFact]
    public void A_root_that_is_itself_a_link_is_followed_because_its_owner_wrote_it()
    {
        using var folder = new InfraFolder();
        folder.Write("app.log", "fine");
        var link = Path.Combine(folder.Above, "link");
        Directory.CreateSymbolicLink(link, folder.At());

        Assert.Equal("fine", folder.Files.Read(new InfraRoot("link", link, ["**"]), "app.log", 0).Text);
    }

    [Fact]
    public void A_root_whose_folder_is_not_there_says_so()
    {
        using var folder = new InfraFolder();

        var refused = Assert.Throws<InfraException>(() => folder.Files.List(new InfraRoot("gone", Path.Combine(folder.Above, "gone"), ["**"]), ""));

        Assert.Equal(InfraProblem.NotFound, refused.Problem.Code);
        Assert.Contains("gone", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configurations_roots_are_read_with_the_home_folder_put_in()
    {
        var roots = InfraRoot.Of(new InfraConfig { Roots = [new InfraRootConfig { Name = "mine", Path = "~/logs", Include = ["*.log"] }] });

        Assert.Equal(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "logs"), Assert.Single(roots).Path);
    }
}
