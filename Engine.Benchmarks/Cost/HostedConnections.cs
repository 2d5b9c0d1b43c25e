using System.Net;
using TlsFsm.Benchmarks.Peers;
using TlsFsm.Hosting.Doors;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Benchmarks.Cost;

/// <summary>Connections of a listener that have echoed 16 KB and are idle, over real sockets.</summary>
internal static class HostedConnections
{
    private const int Size = 16 << 10;

    /// <summary>What one of them holds: the engine, its host's objects, its socket.</summary>
    public static IReadOnlyList<HeldObjects.Kind> HeldByOne() => HeldByOneAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<HeldObjects.Kind>> HeldByOneAsync()
    {
        var options = new EngineOptions(PairSettings.Aes256);
        var made = new List<Echo>();
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), options.Server, () =>
            {
                var echo = new Echo();
                made.Add(echo);
                return echo;
            });
        var talkers = new List<Talker>();
        for (var i = 0; i < 4; i++)
        {
            var talker = new Talker();
            talkers.Add(talker);
            await TlsClient.ConnectAsync("127.0.0.1", listener.LocalEndPoint.Port, options.Client, talker);
            await talker.Answered;
        }

        await Task.Delay(3 * RestWatch.Period);
        return HeldObjects.Of(
            made[1].Transport!, made[2].Transport!, static found => found is TlsListener or Admission or Echo);
    }

    private sealed class Talker : IProtocol
    {
        private readonly TaskCompletionSource _answered = new();
        private int _left = Size;

        public Task Answered => _answered.Task;

        public void ConnectionMade(ITransport transport) => transport.Write(new byte[Size]);

        public void DataReceived(ReadOnlySpan<byte> data)
        {
            _left -= data.Length;
            if (_left == 0)
                _answered.SetResult();
        }

        public bool EofReceived() => false;

        public void ConnectionLost(Exception? exception) { }

        public void PauseWriting() { }

        public void ResumeWriting() { }
    }

    private sealed class Echo : IProtocol
    {
        public ITransport? Transport { get; private set; }

        public void ConnectionMade(ITransport transport) => Transport = transport;

        public void DataReceived(ReadOnlySpan<byte> data) => Transport!.Write(data);

        public bool EofReceived() => false;

        public void ConnectionLost(Exception? exception) { }

        public void PauseWriting() { }

        public void ResumeWriting() { }
    }
}
