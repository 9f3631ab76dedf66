using Homelab.Processes;

namespace Homelab.Tests.Processes;

public sealed class PrivateGroupTests
{
    private const string Users = "root:x:0:0:root:/root:/bin/sh\nme:x:1000:1000:Me,,,:/home/me:/bin/sh\nyou:x:1001:1001::/home/you:/bin/sh\nguest:x:1002:100::/:/bin/sh\n";

    private const string Groups = "root:x:0:\nusers:x:100:\nme:x:1000:\nyou:x:1001:me\nteam:x:2000:me,you\nmine:x:2001:me\nbroken\n";

    [Theory]
    [InlineData(1000, 1000, true)] // as the distribution made it
    [InlineData(1000, 2001, true)] // the only member
    [InlineData(0, 0, true)]
    [InlineData(1001, 1001, false)] // somebody else is a member
    [InlineData(1000, 2000, false)] // shared
    [InlineData(1000, 100, false)] // another user's first group
    [InlineData(1000, 1001, false)] // another's own
    [InlineData(1000, 9999, false)] // unknown here
    public void Group_is_private_where_nobody_else_is_in_it(uint user, uint group, bool expected) => Assert.Equal(expected, PrivateGroup.IsOf(user, group, Users, Groups));
}
