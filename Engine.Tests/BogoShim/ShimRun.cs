using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TlsFsm.BogoShim;

namespace TlsFsm.Tests.BogoShim;

/// <summary>The runner's side of a test: a port on loopback, and a shim in this process that was told of it.</summary>
internal sealed class ShimRun : IDisposable
{
    public const ulong Id = 0x0123_4567_89AB_CDEF;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly StringWriter _error = new();
    private readonly Task<int> _exit;

    public ShimRun(params string[] flags)
    {
        _listener.Start();
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        string[] all = ["-port", port, "-shim-id", Id.ToString(CultureInfo.InvariantCulture), .. flags];
        _exit = Task.Factory.StartNew(() => Shim.Run(all, TextWriter.Null, _error), TaskCreationOptions.LongRunning);
    }

    /// <summary>What the shim has written to stderr. Only once it has ended.</summary>
    public string Error => _error.ToString();

    /// <summary>The next connection of the shim, after the eight bytes that say which test it is.</summary>
    public async Task<(NetworkStream Stream, ulong Id)> AcceptAsync(CancellationToken cancellation)
    {
        var socket = await _listener.AcceptSocketAsync(cancellation);
        var stream = new NetworkStream(socket, ownsSocket: true);
        var id = new byte[8];
        await stream.ReadExactlyAsync(id, cancellation);
        return (stream, BinaryPrimitives.ReadUInt64LittleEndian(id));
    }

    /// <summary>How the shim ended.</summary>
    public Task<int> ExitAsync(CancellationToken cancellation) => _exit.WaitAsync(cancellation);

    public void Dispose()
    {
        _listener.Dispose();
        _error.Dispose();
    }
}
