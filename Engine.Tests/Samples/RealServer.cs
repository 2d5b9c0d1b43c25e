using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Samples;

/// <summary>A server from the distribution with a folder of its own, on a port of the loopback.</summary>
internal sealed class RealServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly ExternalTool _tool;

    private RealServer(string folder, ExternalTool tool, int port) => (_folder, _tool, Port) = (folder, tool, port);

    public int Port { get; }

    /// <summary>Comes back once it takes connections.</summary>
    /// <param name="tool">The program.</param>
    /// <param name="configuration">Its file's text, for a folder and a port.</param>
    /// <param name="arguments">Its arguments, for the file's path and the port.</param>
    public static async Task<RealServer> StartAsync(
        string tool, Func<string, int, string> configuration, Func<string, int, string[]> arguments)
    {
        ExternalTool.Require(tool);
        var folder = Directory.CreateTempSubdirectory($"tlsfsm-{tool}-").FullName;

        // Some serve as a user of their own.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        var port = Loopback.FreePort();
        var file = Path.Combine(folder, "configuration");
        await File.WriteAllTextAsync(file, configuration(folder, port).ReplaceLineEndings("\n"));
        var server = new RealServer(folder, ExternalTool.Start(tool, arguments(file, port)), port);
        try
        {
            using var timeout = new CancellationTokenSource(ExternalTool.Patience);
            using var first = await Loopback.DialAsync(port, timeout.Token);
            return server;
        }
        catch (Exception exception)
        {
            var said = $"{tool} does not listen: {server._tool.Output} {server._tool.Errors}";
            await server.DisposeAsync();
            throw new AssertionException(said, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _tool.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
