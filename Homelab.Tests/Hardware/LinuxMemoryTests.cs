using Homelab.Hardware;

namespace Homelab.Tests.Hardware;

/// <summary>Memory as Linux tells it, machine and control groups.</summary>
public sealed class LinuxMemoryTests
{
    private const long KiB = 1 << 10;
    private const long GiB = 1 << 30;

    // A desktop of 32 GiB with 8 GiB of swap.
    private const string Meminfo = """
        MemTotal:       32768000 kB
        MemFree:         1024000 kB
        MemAvailable:   20480000 kB
        Buffers:          512000 kB
        Cached:         18000000 kB
        SwapCached:            0 kB
        SwapTotal:       8388608 kB
        SwapFree:        8388608 kB
        """;

    [Fact]
    public void Machine_without_limits_has_what_meminfo_says_and_no_swap()
    {
        using var tree = new FileTree(("proc/meminfo", Meminfo));
        Assert.Equal(new HostMemory(32_768_000 * KiB, 20_480_000 * KiB), new LinuxMemory(tree.Root).Read());
    }

    [Fact]
    public void Old_kernel_without_available_counts_free_and_cached()
    {
        using var tree = new FileTree(("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 100 kB\nCached: 300 kB\n"));
        Assert.Equal(new HostMemory(1000 * KiB, 400 * KiB), new LinuxMemory(tree.Root).Read());
    }

    [Fact]
    public void Container_of_version_two_has_its_limit_less_what_it_uses_without_cache()
    {
        using var tree = new FileTree(
            ("proc/meminfo", Meminfo),
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/memory.max", $"{8 * GiB}\n"),
            ("sys/fs/cgroup/memory.current", $"{5 * GiB}\n"),
            ("sys/fs/cgroup/memory.stat", $"anon {2 * GiB}\nfile {3 * GiB}\ninactive_file {3 * GiB}\nactive_file 0\n"));
        Assert.Equal(new HostMemory(8 * GiB, 6 * GiB), new LinuxMemory(tree.Root).Read());
    }

    [Fact]
    public void Limit_of_a_group_above_binds_too()
    {
        using var tree = new FileTree(
            ("proc/meminfo", Meminfo),
            ("proc/self/cgroup", "0::/user.slice/app.service\n"),
            ("sys/fs/cgroup/user.slice/app.service/memory.max", "max\n"),
            ("sys/fs/cgroup/user.slice/memory.max", $"{4 * GiB}\n"),
            ("sys/fs/cgroup/user.slice/memory.current", $"{1 * GiB}\n"),
            ("sys/fs/cgroup/user.slice/memory.stat", "inactive_file 0\n"));
        Assert.Equal(new HostMemory(4 * GiB, 3 * GiB), new LinuxMemory(tree.Root).Read());
    }

    [Theory]
    [InlineData("max", "6442450944", 6)]
    [InlineData("8589934592", "6442450944", 6)]
    [InlineData("4294967296", "6442450944", 4)]
    [InlineData("8589934592", "max", 8)]
    [InlineData("8589934592", "", 8)]
    public void Group_that_is_braked_before_its_limit_has_only_what_comes_before(string maximum, string high, long total)
    {
        using var tree = new FileTree(
            ("proc/meminfo", Meminfo),
            ("proc/self/cgroup", "0::/app.service\n"),
            ("sys/fs/cgroup/app.service/memory.max", maximum + "\n"),
            ("sys/fs/cgroup/app.service/memory.high", high + "\n"),
            ("sys/fs/cgroup/app.service/memory.current", $"{1 * GiB}\n"));
        Assert.Equal(new HostMemory(total * GiB, (total - 1) * GiB), new LinuxMemory(tree.Root).Read());
    }

    [Fact]
    public void Brake_of_a_group_above_binds_too()
    {
        using var tree = new FileTree(
            ("proc/meminfo", Meminfo),
            ("proc/self/cgroup", "0::/user.slice/app.service\n"),
            ("sys/fs/cgroup/user.slice/app.service/memory.max", $"{16 * GiB}\n"),
            ("sys/fs/cgroup/user.slice/app.service/memory.current", $"{1 * GiB}\n"),
            ("sys/fs/cgroup/user.slice/memory.high", $"{4 * GiB}\n"),
            ("sys/fs/cgroup/user.slice/memory.current", $"{3 * GiB}\n"));
        Assert.Equal(new HostMemory(4 * GiB, 1 * GiB), new LinuxMemory(tree.Root).Read());
    }

    [Fact]
    public void Container_of_version_one_whose_path_is_that_of_the_host_finds_the_limit_at_the_mount()
    {
        using var tree = new FileTree(
            ("proc/meminfo", Meminfo),
            ("proc/self/cgroup", "11:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc\n1:name=systemd:/docker/abc\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", $"{2 * GiB}\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", $"{1 * GiB}\n"),
            ("sys/fs/cgroup/memory/memory.stat", $"cache 5\ninactive_file 1\ntotal_inactive_file {GiB / 2}\n"));
        Assert.Equal(new HostMemory(2 * GiB, (2 * GiB) - (GiB / 2)), new LinuxMemory(tree.Root).Read());
    }

    [Fact]
    public void Group_of_version_one_without_a_limit_changes_nothing()
    {
        using var tree = new FileTree(
            ("proc/meminfo", Meminfo),
            ("proc/self/cgroup", "5:memory:/\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", $"{30 * GiB}\n"));
        Assert.Equal(new HostMemory(32_768_000 * KiB, 20_480_000 * KiB), new LinuxMemory(tree.Root).Read());
    }

    [Fact]
    public void Machine_with_less_available_than_the_limit_leaves_has_what_the_machine_has()
    {
        using var tree = new FileTree(
            ("proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable: 1048576 kB\n"),
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/memory.max", $"{8 * GiB}\n"),
            ("sys/fs/cgroup/memory.current", "0\n"));
        Assert.Equal(new HostMemory(8 * GiB, 1 * GiB), new LinuxMemory(tree.Root).Read());
    }

    [Fact]
    public void Group_over_its_limit_has_nothing_left()
    {
        using var tree = new FileTree(
            ("proc/meminfo", Meminfo),
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/memory.max", $"{1 * GiB}\n"),
            ("sys/fs/cgroup/memory.current", $"{2 * GiB}\n"));
        Assert.Equal(new HostMemory(GiB, 0), new LinuxMemory(tree.Root).Read());
    }

    [Theory]
    [InlineData("")]
    [InlineData("MemTotal: lots kB\n")]
    [InlineData("\0\0\0")]
    public void Unreadable_meminfo_is_no_reading(string text)
    {
        using var tree = new FileTree(("proc/meminfo", text));
        Assert.Null(new LinuxMemory(tree.Root).Read());
    }

    [Fact]
    public void Garbage_in_the_groups_changes_nothing()
    {
        using var tree = new FileTree(
            ("proc/meminfo", Meminfo),
            ("proc/self/cgroup", "garbage\n0:\n0::/../../..\n::::\n0::/a\0b\n"),
            ("sys/fs/cgroup/memory.max", "a lot\n"));
        Assert.Equal(new HostMemory(32_768_000 * KiB, 20_480_000 * KiB), new LinuxMemory(tree.Root).Read());
    }

    [Fact]
    public void Folder_without_anything_is_no_reading()
    {
        using var tree = new FileTree();
        Assert.Null(new LinuxMemory(tree.Root).Read());
    }
}
