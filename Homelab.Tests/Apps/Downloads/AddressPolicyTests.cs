using System.Net;
using Homelab.Apps.Downloads;

namespace Homelab.Tests.Apps.Downloads;

public sealed class AddressPolicyTests
{
    [Theory]
    [InlineData("8.8.8.8", "Public")]
    [InlineData("172.15.255.255", "Public")]
    [InlineData("172.32.0.0", "Public")]
    [InlineData("100.63.255.255", "Public")]
    [InlineData("2606:4700::1", "Public")]
    [InlineData("::ffff:8.8.8.8", "Public")]
    [InlineData("10.1.2.3", "Private")]
    [InlineData("172.16.0.1", "Private")]
    [InlineData("172.31.255.255", "Private")]
    [InlineData("192.168.1.1", "Private")]
    [InlineData("100.64.0.1", "Private")]
    [InlineData("fd00::1", "Private")]
    [InlineData("::ffff:192.168.1.1", "Private")]
    [InlineData("64:ff9b::10.0.0.1", "Private")]
    [InlineData("2002:c0a8:101::1", "Private")]
    [InlineData("127.0.0.1", "Loopback")]
    [InlineData("127.255.0.9", "Loopback")]
    [InlineData("::1", "Loopback")]
    [InlineData("::ffff:127.0.0.1", "Loopback")]
    [InlineData("::127.0.0.1", "Loopback")]
    [InlineData("0.0.0.0", "Never")]
    [InlineData("0.1.2.3", "Never")]
    [InlineData("169.254.169.254", "Never")]
    [InlineData("224.0.0.1", "Never")]
    [InlineData("255.255.255.255", "Never")]
    [InlineData("::", "Never")]
    [InlineData("fe80::1", "Never")]
    [InlineData("fe80::1%2", "Never")]
    [InlineData("febf::1", "Never")]
    [InlineData("ff02::1", "Never")]
    [InlineData("::ffff:169.254.169.254", "Never")]
    [InlineData("::169.254.169.254", "Never")]
    [InlineData("::ffff:0:169.254.169.254", "Never")]
    [InlineData("64:ff9b::169.254.169.254", "Never")]
    [InlineData("64:ff9b:1::8.8.8.8", "Never")]
    [InlineData("2002:a9fe:a9fe::1", "Never")]
    [InlineData("2001::1", "Never")]
    public void Address_leads_where_its_range_says(string address, string reach) => Assert.Equal(reach, AddressPolicy.ReachOf(IPAddress.Parse(address)).ToString());

    [Theory]
    [InlineData("8.8.8.8", null, true)]
    [InlineData("10.0.0.1", null, true)]
    [InlineData("127.0.0.1", null, true)]
    [InlineData("169.254.169.254", null, false)]
    [InlineData("8.8.8.8", "Loopback", true)]
    [InlineData("10.0.0.1", "Public", false)]
    [InlineData("10.0.0.1", "Private", true)]
    [InlineData("10.0.0.1", "Loopback", true)]
    [InlineData("127.0.0.1", "Public", false)]
    [InlineData("127.0.0.1", "Private", false)]
    [InlineData("127.0.0.1", "Loopback", true)]
    [InlineData("169.254.169.254", "Loopback", false)]
    public void Redirect_leads_no_nearer_than_where_it_came_from(string address, string? from, bool allowed) =>
        Assert.Equal(allowed, AddressPolicy.Refusal(IPAddress.Parse(address), from is null ? null : Enum.Parse<AddressReach>(from)) is null);
}
