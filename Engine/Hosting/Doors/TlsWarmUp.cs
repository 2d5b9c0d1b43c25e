using System.IO.Pipelines;
using System.Net.Security;
using TlsFsm.Hosting.Connections;

namespace TlsFsm;

/// <summary>
/// Does a handshake in memory, for a process that would rather have that behind it before its first peer comes: the run-time compiler makes
/// some two thousand methods for the first handshake, and takes half a second for them.
/// </summary>
/// <remarks>
/// <para>
/// Nothing of the application's is used: default options, a certificate of its own, no log. Meters and traces count one connection. The
/// other side is .NET's own TLS, in this process; no data but its own goes that way. Members may be called from any thread, at any time; a
/// second call is another handshake, and takes a millisecond or two.
/// </para>
/// <para>
/// What is done here is done once a process, sooner or later: this moves it, and adds what .NET's side costs. What makes it less is to
/// compile the application ahead of time (<c>PublishReadyToRun</c>, NativeAOT).
/// </para>
/// </remarks>
public static class TlsWarmUp
{
    // Full records, and a short one behind them.
    private static readonly byte[] Message = new byte[20_000];

    /// <summary>A server's first handshake, and some data both ways.</summary>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Completes when the connection in memory is gone.</returns>
    /// <exception cref="IOException">It did not come to that; nothing else is the worse for it.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">As before, told by .NET's side.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled first.</exception>
    public static Task ServerAsync(CancellationToken cancellationToken = default) => ServerAsync(null, cancellationToken);

    /// <summary>A client's first handshake, and some data both ways.</summary>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Completes when the connection in memory is gone.</returns>
    /// <exception cref="IOException">It did not come to that; nothing else is the worse for it.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">As before, told by .NET's side.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled first.</exception>
    public static Task ClientAsync(CancellationToken cancellationToken = default) => ClientAsync(null, cancellationToken);

    internal static Task ServerAsync(Action<TlsConnection>? started, CancellationToken cancellationToken)
    {
        var (ours, theirs) = Connect();
        return BothAsync(ServeAsync(), AskAsync(), cancellationToken);

        async Task ServeAsync()
        {
            var options = new TlsServerOptions { Credential = new TlsCredential(MemoryPeer.Certificate) };
            await using var pipe = await TlsServer.OpenPipeAsync(
                ours, options, connectionStarted: started, cancellationToken: cancellationToken);
            var read = await pipe.Input.ReadAtLeastAsync(Message.Length, cancellationToken);
            pipe.Input.AdvanceTo(read.Buffer.End);
            await pipe.Output.WriteAsync(Message, cancellationToken);
        }

        async Task AskAsync()
        {
            await using var stream = new SslStream(theirs);
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = MemoryPeer.Name, RemoteCertificateValidationCallback = MemoryPeer.IsItself,
                },
                cancellationToken);
            await stream.WriteAsync(Message, cancellationToken);
            await stream.ReadExactlyAsync(new byte[Message.Length], cancellationToken);
            await stream.ShutdownAsync();
        }
    }

    internal static Task ClientAsync(Action<TlsConnection>? started, CancellationToken cancellationToken)
    {
        var (ours, theirs) = Connect();
        return BothAsync(AskAsync(), ServeAsync(), cancellationToken);

        async Task AskAsync()
        {
            var options = new TlsClientOptions
            {
                TargetHost = MemoryPeer.Name, Verification = CertificateVerification.TrustedRoots([MemoryPeer.Certificate]),
            };
            await using var stream = await TlsClient.OpenStreamAsync(
                ours, options, connectionStarted: started, cancellationToken: cancellationToken);
            await stream.WriteAsync(Message, cancellationToken);
            await stream.ReadExactlyAsync(new byte[Message.Length], cancellationToken);
        }

        async Task ServeAsync()
        {
            await using var stream = new SslStream(theirs);
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = MemoryPeer.Certificate }, cancellationToken);
            await stream.ReadExactlyAsync(new byte[Message.Length], cancellationToken);
            await stream.WriteAsync(Message, cancellationToken);
            await stream.ShutdownAsync();
        }
    }

    private static async Task BothAsync(Task ours, Task theirs, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(ours, theirs);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            // A side that is cancelled leaves, and the other may see that before it sees the cancellation.
            throw new OperationCanceledException("The warm-up was cancelled.", exception, cancellationToken);
        }
    }

    private static (IDuplexPipe Ours, Stream Theirs) Connect()
    {
        var (up, down) = (new Pipe(), new Pipe());
        return (new Ends(up.Reader, down.Writer), new MemoryEnds(down.Reader, up.Writer));
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
