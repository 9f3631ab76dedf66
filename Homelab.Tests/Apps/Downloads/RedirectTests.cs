using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Homelab.Apps.Downloads;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.Apps.Downloads;

public sealed class RedirectTests
{
    private static readonly byte[] Bytes = DownloadRig.Content(100_000);

    [Theory]
    [InlineData("/real.bin", null)]
    [InlineData("ftp://example.org/x", "neither http nor https")]
    [InlineData("file:///etc/passwd", "neither http nor https")]
    [InlineData("http://169.254.169.254/latest/meta-data?key=secret", "169.254.169.254: it is a link-local")]
    [InlineData("http://[fe80::1]/x", "link-local")]
    [InlineData("http://[::ffff:169.254.169.254]/x", "link-local")]
    [InlineData("http://2852039166/x", "169.254.169.254: it is a link-local")]
    [InlineData("http://user:secret@127.0.0.1/x", "credentials")]
    public async Task Redirect_is_held_to_the_rules(string target, string? problem)
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Put("real.bin", Bytes);
        rig.Server.Faults.Enqueue(new FileFault { Redirect = target });
        var demand = rig.Offer(Bytes);

        if (problem is null)
        {
            await rig.EnsureAsync("a", demand);
            Assert.Equal(["/model.bin", "/real.bin"], rig.Server.Requests.Select(request => request.Path));
            Assert.Equal(Bytes, rig.Read("a"));
        }
        else
        {
            var message = await rig.FailAsync("a", demand);
            Assert.Contains(problem, message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
            Assert.Single(rig.Server.Requests);
        }
    }

    [Fact]
    public async Task Redirects_without_end_are_left()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Always = new FileFault { Redirect = "/model.bin" };

        Assert.Contains("more than 8 times", await rig.FailAsync("a", rig.Offer(Bytes)), StringComparison.Ordinal);
        Assert.Equal(9, rig.Server.Requests.Count);
    }

    [Theory]
    [InlineData("http://public.test/", "http://127.0.0.1/x", "127.0.0.1: it is this machine")]
    [InlineData("http://public.test/", "http://private.test/x", "10.0.0.7: it is in a private network")]
    [InlineData("http://public.test/", "http://linklocal.test/x", "169.254.1.1: it is a link-local")]
    [InlineData("http://private.test/", "http://loopback.test/x", "127.0.0.1: it is this machine")]
    [InlineData("http://linklocal.test/", "/", "169.254.1.1: it is a link-local")]
    [InlineData("http://public.test/", "http://private.test/model.bin", "10.0.0.7: it is in a private network")]
    [InlineData("http://private.test/", "http://private.test/model.bin", null)]
    [InlineData("http://private.test/", "http://public.test/model.bin", null)]
    [InlineData("http://mixed.test/", "http://mixed.test/model.bin", null)]
    public async Task Redirect_may_not_lead_nearer(string from, string to, string? problem)
    {
        var dialled = new ConcurrentQueue<string>();
        var port = 0;
        await using var rig = await DownloadRig.StartAsync(options => options with
        {
            Resolve = (host, _) => Task.FromResult(Addresses(host)),
            Dial = (address, cancellation) =>
            {
                dialled.Enqueue(address.Address.ToString());
                return VettedConnection.DialAsync(new IPEndPoint(IPAddress.Loopback, port), cancellation);
            },
        });
        port = rig.Server.Port;
        rig.Server.Faults.Enqueue(new FileFault { Redirect = to });
        var demand = rig.Offer(Bytes) with { Url = new Uri(from) };

        if (problem is null)
        {
            await rig.EnsureAsync("a", demand);
            Assert.Equal(2, dialled.Count);
        }
        else
        {
            Assert.Contains(problem, await rig.FailAsync("a", demand), StringComparison.Ordinal);
            Assert.True(dialled.Count <= 1);
        }

        Assert.DoesNotContain(dialled, address => address.StartsWith("169.254", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Name_is_resolved_once_so_that_its_second_answer_leads_nowhere()
    {
        var answers = new Queue<string>(["93.184.216.34", "127.0.0.1"]);
        var dialled = new ConcurrentQueue<string>();
        await using var rig = await DownloadRig.StartAsync(options => options with
        {
            Attempts = 1,
            Resolve = (_, _) => Task.FromResult(new[] { IPAddress.Parse(answers.Dequeue()) }),
            Dial = (address, _) =>
            {
                dialled.Enqueue(address.Address.ToString());
                throw new SocketException((int)SocketError.ConnectionRefused);
            },
        });

        await rig.FailAsync("a", rig.Offer(Bytes) with { Url = new Uri("http://rebinding.test/x") });

        Assert.Equal(["93.184.216.34"], dialled);
        Assert.Single(answers);
    }

    [Fact]
    public async Task Address_without_TLS_needs_the_users_word()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes) with { Insecure = false };

        Assert.Contains("not https", await rig.FailAsync("a", demand), StringComparison.Ordinal);
        Assert.Empty(rig.Server.Requests);
    }

    [Theory]
    [InlineData("http://a.test/", "https://b.test/", true, null)]
    [InlineData("https://a.test/", "https://b.test/", false, null)]
    [InlineData("http://a.test/", "http://b.test/", true, null)]
    [InlineData("https://a.test/", "http://a.test/", true, "which gives up TLS")]
    [InlineData("https://a.test/", "http://a.test/", false, "which gives up TLS")]
    [InlineData("http://a.test/", "http://b.test/", false, "which is not https")]
    public void Redirect_does_not_give_up_TLS(string from, string to, bool insecure, string? refusal) =>
        Assert.Equal(refusal, VettedRoute.Refusal(new Uri(from), new Uri(to), insecure));

    private static IPAddress[] Addresses(string host) => host switch
    {
        "public.test" => [IPAddress.Parse("93.184.216.34")],
        "private.test" => [IPAddress.Parse("10.0.0.7")],
        "linklocal.test" => [IPAddress.Parse("169.254.1.1")],
        "mixed.test" => [IPAddress.Parse("169.254.1.1"), IPAddress.Parse("93.184.216.34")],
        _ => [IPAddress.Loopback],
    };
}
