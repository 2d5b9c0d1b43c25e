using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>
/// A server in a process of its own whose connections echo a message each and are idle then. Says on demand what it holds.
/// </summary>
internal static class HoldingServer
{
    private static int _served;

    public static async Task<int> RunAsync(string contender, int messageSize)
    {
        var port = contender == ContenderNames.TlsFsm ? StartEngine(messageSize) : StartSslStream(messageSize);
        Console.WriteLine(port.ToString(CultureInfo.InvariantCulture));
        while (await Console.In.ReadLineAsync() is not null)
            Console.WriteLine(Holdings());
        return 0;
    }

    private static string Holdings()
    {
        // Until all have come to rest; SslStream is given as long.
        Thread.Sleep(3 * RestWatch.Period);
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        using var process = Process.GetCurrentProcess();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{GC.GetTotalMemory(forceFullCollection: false)} {process.WorkingSet64} {process.Threads.Count} {Volatile.Read(ref _served)}");
    }

    private static int StartEngine(int messageSize)
    {
        var options = new EngineOptions(PairSettings.Aes256);
        var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), options.Server, () => new Echo(messageSize),
            new TlsListenerOptions { MaxConnections = 20_000 });
        return listener.LocalEndPoint.Port;
    }

    private static int StartSslStream(int messageSize)
    {
        var options = new SslStreamOptions(PairSettings.Aes256);
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(512);
        _ = Task.Run(async () =>
        {
            while (true)
                _ = ServeAsync(await listener.AcceptSocketAsync(), options, messageSize);
        });
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task ServeAsync(Socket socket, SslStreamOptions options, int messageSize)
    {
        await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsServerAsync(options.Server);
        await EchoOnceAsync(stream, messageSize);
        Interlocked.Increment(ref _served);

        // Waits without a buffer, as a careful server does.
        _ = await stream.ReadAsync(Memory<byte>.Empty);
    }

    private static async Task EchoOnceAsync(SslStream stream, int messageSize)
    {
        var buffer = new byte[messageSize];
        await stream.ReadExactlyAsync(buffer);
        await stream.WriteAsync(buffer);
    }

    private sealed class Echo(int messageSize) : IProtocol
    {
        private ITransport? _transport;
        private int _left = messageSize;

        public void ConnectionMade(ITransport transport) => _transport = transport;

        public void DataReceived(ReadOnlySpan<byte> data)
        {
            _transport!.Write(data);
            _left -= data.Length;
            if (_left == 0)
                Interlocked.Increment(ref _served);
        }

        public bool EofReceived() => false;

        public void ConnectionLost(Exception? exception) { }

        public void PauseWriting() { }

        public void ResumeWriting() { }
    }
}
