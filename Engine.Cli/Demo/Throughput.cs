using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace TlsFsm.Cli.Demo;

/// <summary>
/// How fast bytes go one way over loopback TCP, both ends in this process, after enough of them that the runtime has compiled what it runs.
/// Nothing is checked or shown meanwhile, so that it is the engine that is measured.
/// </summary>
/// <param name="OursMebibytes">Of the engine, in MiB a second.</param>
/// <param name="SslStreamMebibytes">Of .NET's own; null when it was not asked for.</param>
internal sealed record Throughput(double OursMebibytes, double? SslStreamMebibytes)
{
    private const int BlockSize = 64 * 1024;

    public static async Task<Throughput> MeasureAsync(
        DemoCertificates certificates, SslProtocols versions, bool compares, CancellationToken cancellationToken)
    {
        var ours = await RateAsync(
            async socket => await TlsClient.OpenStreamAsync(
                socket,
                new TlsClientOptions
                {
                    TargetHost = DemoCertificates.Host,
                    Verification = CertificateVerification.TrustedRoots([certificates.Root]),
                    EnabledProtocols = versions,
                },
                cancellationToken: cancellationToken),
            async socket => await TlsServer.OpenStreamAsync(
                socket, new TlsServerOptions { Credential = certificates.Leaf, EnabledProtocols = versions },
                cancellationToken: cancellationToken),
            cancellationToken);
        if (!compares)
            return new Throughput(ours, null);

        var theirs = await RateAsync(
            async socket =>
            {
                var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), false, (_, certificate, _, _) =>
                    certificate!.GetCertHashString() == certificates.Leaf.GetCertHashString());
                await stream.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions { TargetHost = DemoCertificates.Host, EnabledSslProtocols = versions },
                    cancellationToken);
                return stream;
            },
            async socket =>
            {
                var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
                await stream.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificate = certificates.Leaf, EnabledSslProtocols = versions },
                    cancellationToken);
                return stream;
            },
            cancellationToken);
        return new Throughput(ours, theirs);
    }

    private static async Task<double> RateAsync(
        Func<Socket, Task<Stream>> connect, Func<Socket, Task<Stream>> accept, CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var clientSocket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await clientSocket.ConnectAsync(listener.LocalEndpoint, cancellationToken);
        var accepting = accept(await listener.AcceptSocketAsync(cancellationToken));
        await using var client = await connect(clientSocket);
        await using var server = await accepting;

        // To the end of the warm-up and from there on, whatever a machine is worth: by time and not by bytes.
        var warm = await MoveAsync(client, server, WarmUp, cancellationToken);
        return warm < 0 ? 0 : await MoveAsync(client, server, Measured, cancellationToken);
    }

    /// <returns>MiB a second.</returns>
    private static async Task<double> MoveAsync(Stream from, Stream to, TimeSpan duration, CancellationToken cancellationToken)
    {
        var (block, buffer) = (new byte[BlockSize], new byte[BlockSize]);
        var begin = Stopwatch.GetTimestamp();
        long sent = 0, received = 0;
        var isOver = false;
        var sending = Task.Run(
            async () =>
            {
                while (Stopwatch.GetElapsedTime(begin) < duration)
                {
                    await from.WriteAsync(block, cancellationToken);
                    Interlocked.Add(ref sent, block.Length);
                }

                Volatile.Write(ref isOver, true);

                // Who reads waits for one more byte when all was there before it knew that it was all.
                await from.WriteAsync(block.AsMemory(0, 1), cancellationToken);
                await from.FlushAsync(cancellationToken);
            },
            cancellationToken);
        while (!Volatile.Read(ref isOver) || received < Interlocked.Read(ref sent) + 1)
            received += await to.ReadAsync(buffer, cancellationToken);
        await sending;
        return received / 1048576.0 / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.7);

    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(1);
}
