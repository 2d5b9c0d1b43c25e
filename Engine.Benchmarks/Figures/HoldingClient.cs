using System.Globalization;
using System.Security.Cryptography;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>The other ends of a <see cref="HoldingServer"/>'s connections, the same for every contender.</summary>
internal static class HoldingClient
{
    private const int AtOnce = 16;

    public static async Task<int> RunAsync(int port, int messageSize)
    {
        // The server is another process with a key of its own; who it is does not matter here.
        var options = new TlsClientOptions
        {
            TargetHost = BenchmarkCertificates.Host,
            Verification = CertificateVerification.DangerousAcceptAny,
            Policy = new TlsPolicy { Protocols = System.Security.Authentication.SslProtocols.Tls13, CipherSuites =
                [PairSettings.Aes256.Suite] },
        };
        var held = new List<TlsConnection>();
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var wanted = int.Parse(line, CultureInfo.InvariantCulture);
            var message = RandomNumberGenerator.GetBytes(messageSize);
            await Parallel.ForAsync(0, wanted, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (_, end) =>
            {
                var application = new Application(message);
                var connection = await TlsClient.ConnectAsync("127.0.0.1", port, options, application, cancellationToken: end);
                await application.Answered;
                lock (held)
                    held.Add(connection);
            });
            Console.WriteLine(held.Count.ToString(CultureInfo.InvariantCulture));
        }

        return 0;
    }

    private sealed class Application(byte[] message) : IProtocol
    {
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _received;

        public Task Answered => _answered.Task;

        public void ConnectionMade(ITransport transport) => transport.Write(message);

        public void DataReceived(ReadOnlySpan<byte> data)
        {
            if (!data.SequenceEqual(message.AsSpan(_received, data.Length)))
                _answered.TrySetException(new WrongResultException("Something else came back than was sent."));

            _received += data.Length;
            if (_received == message.Length)
                _answered.TrySetResult();
        }

        public bool EofReceived() => false;

        public void ConnectionLost(Exception? exception) =>
            _answered.TrySetException(exception ?? new IOException("The connection was lost."));

        public void PauseWriting() { }

        public void ResumeWriting() { }
    }
}
