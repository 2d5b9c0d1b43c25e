using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Soak.Overload;

/// <summary>Who wants nothing but a handshake, an echo and an end in order, and how long that takes meanwhile.</summary>
internal sealed class HonestClients(int port, TlsClientOptions options)
{
    private readonly ConcurrentQueue<double> _served = new();
    private readonly ConcurrentQueue<double> _waited = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private int _left;

    /// <summary>From the connection to the echo, in milliseconds.</summary>
    public IReadOnlyCollection<double> Served => _served;

    /// <summary>How long those had waited, in milliseconds, who were still not served when time was over.</summary>
    public IReadOnlyCollection<double> Waited => _waited;

    /// <summary>Why others were not served at all.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Of a client of that listener.</summary>
    /// <param name="root">Its root, DER in Base64.</param>
    public static TlsClientOptions Options(string root) => new()
    {
        TargetHost = "localhost",
        Verification = CertificateVerification.TrustedRoots([X509CertificateLoader.LoadCertificate(Convert.FromBase64String(root))]),
        EnabledProtocols = SslProtocols.Tls13,
        HandshakeTimeout = TimeSpan.FromMinutes(30),
    };

    /// <summary>Some at once, each with one connection after another.</summary>
    /// <param name="clients">At once.</param>
    /// <param name="samples">The most connections.</param>
    /// <param name="last">From then on none is begun.</param>
    /// <param name="over">Then who still waits has waited long enough.</param>
    public Task RunAsync(int clients, int samples, CancellationToken last, CancellationToken over)
    {
        _left = samples;
        return Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(
            async () =>
            {
                while (Interlocked.Decrement(ref _left) >= 0 && !last.IsCancellationRequested)
                    await OnceAsync(over);
            },
            CancellationToken.None)));
    }

    private async Task OnceAsync(CancellationToken over)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            await using var stream = await TlsClient.OpenStreamAsync("localhost", port, options, cancellationToken: over);
            await stream.WriteAsync(Payload, over);
            await stream.ReadExactlyAsync(new byte[Payload.Length], over);
            _served.Enqueue(clock.Elapsed.TotalMilliseconds);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            _waited.Enqueue(clock.Elapsed.TotalMilliseconds);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            _failures.Enqueue(exception.Message);
        }
    }

    private static readonly byte[] Payload = new byte[1024];
}
