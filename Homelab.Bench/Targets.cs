using System.Globalization;

namespace Homelab.Bench;

/// <summary>Starts what is compared: the mock engine, the proxies that are installed, and homelab.</summary>
internal sealed class Targets(string folder)
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    public Target StartMock()
    {
        var port = Target.FreePort();
        return Ready(Target.Start("direct", port, Log("mock"), NoEnvironment, Environment.ProcessPath!, Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) || Environment.ProcessPath.EndsWith("dotnet.exe", StringComparison.Ordinal)
            ? [typeof(Targets).Assembly.Location, "mock", Text(port)]
            : ["mock", Text(port)]), "mock");
    }

    /// <returns>Null where HAProxy is not installed.</returns>
    public Target? StartHaproxy(Target mock)
    {
        if (Find("haproxy") is not { } program)
        {
            return null;
        }

        var port = Target.FreePort();
        var config = Path.Combine(folder, "haproxy.cfg");
        File.WriteAllText(config, $"""
            global
              maxconn 2000
            defaults
              mode http
              timeout connect 5s
              timeout client 60s
              timeout server 60s
              option http-keep-alive
              http-reuse always
            listen bench
              bind 127.0.0.1:{port}
              server mock 127.0.0.1:{mock.Port}

            """);
        return Ready(Target.Start("HAProxy", port, Log("haproxy"), NoEnvironment, program, "-db", "-f", config), "haproxy");
    }

    /// <returns>Null where nginx is not installed.</returns>
    public Target? StartNginx(Target mock)
    {
        if (Find("nginx") is not { } program)
        {
            return null;
        }

        var port = Target.FreePort();
        var config = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(config, $$"""
            daemon off;
            worker_processes auto;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/nginx-error.log;
            events { worker_connections 2048; }
            http {
              access_log off;
              client_body_temp_path {{folder}}/nginx-body;
              proxy_temp_path {{folder}}/nginx-proxy;
              fastcgi_temp_path {{folder}}/nginx-fastcgi;
              uwsgi_temp_path {{folder}}/nginx-uwsgi;
              scgi_temp_path {{folder}}/nginx-scgi;
              keepalive_requests 10000000;
              upstream mock { server 127.0.0.1:{{mock.Port}}; keepalive 256; keepalive_requests 10000000; }
              server {
                listen 127.0.0.1:{{port}};
                location / {
                  proxy_pass http://mock;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_buffering off;
                }
              }
            }

            """);
        return Ready(Target.Start("nginx", port, Log("nginx"), NoEnvironment, program, "-p", folder, "-c", config), "nginx");
    }

    /// <summary>homelab before the mock, with a declared device so that the bench model fits anywhere. Not waited for.</summary>
    /// <param name="executable">The daemon.</param>
    /// <param name="mock">The engine.</param>
    /// <param name="more">Further variables.</param>
    public Target StartHomelab(string executable, Target mock, IReadOnlyDictionary<string, string>? more = null)
    {
        var home = Directory.CreateDirectory(Path.Combine(folder, "home")).FullName;
        File.WriteAllText(Path.Combine(home, "homelab.yaml"), """
            daemon:
              memory:
                devices: [{ name: bench0, kind: cuda, total: 24GiB }]

            """);
        var port = Target.FreePort();
        return Target.Start("homelab", port, HomelabLog, new Dictionary<string, string>(more ?? NoEnvironment)
        {
            ["HOMELAB_HOME"] = home,
            ["HOMELAB_DAEMON__LISTEN"] = $"127.0.0.1:{Text(port)}",
            ["HOMELAB_DAEMON__ENGINES__OLLAMA__URL"] = $"http://127.0.0.1:{Text(mock.Port)}",
            ["HOMELAB_DAEMON__ENGINES__OLLAMA__MANAGE"] = "never",

            // The peers pass on whatever comes; as many leases as connections, so that forwarding is compared and not homelab's queue.
            ["HOMELAB_DAEMON__ENGINES__OLLAMA__PARALLEL"] = "64",
        }, executable, "daemon");
    }

    public string HomelabLog => Log("homelab");

    private string Log(string name) => Path.Combine(folder, name + ".log");

    private Target Ready(Target target, string log)
    {
        try
        {
            target.WaitForPort(Log(log));
            return target;
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static string? Find(string program) =>
        OperatingSystem.IsWindows()
            ? null
            : $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/usr/local/sbin".Split(':')
                .Where(f => f.Length > 0)
                .Select(f => Path.Combine(f, program))
                .FirstOrDefault(File.Exists);
}
