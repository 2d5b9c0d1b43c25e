using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Ocsp;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>An OCSP responder and a revocation list on the loopback interface, for one leaf.</summary>
internal sealed class LocalResponder : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _serving;

    /// <param name="isList">Whether the leaf names a revocation list, or a responder.</param>
    /// <param name="isClient">Whether the leaf is a client's.</param>
    /// <param name="isRevoked">What is said of it.</param>
    public LocalResponder(bool isList, bool isClient, bool isRevoked)
    {
        IsRevoked = isRevoked;

        // The platform keeps lists on disk by their address, and the port may have been another list's once.
        var url = new Uri($"http://127.0.0.1:{StartSomewhere()}/{Guid.NewGuid():N}/");
        Credential = BadCertificates.Revocable(isClient, isList ? null : new Uri(url, "ocsp"), isList ? new Uri(url, "leaf.crl") : null);
        _serving = ServeAsync(isList);
    }

    /// <summary>The leaf that it knows about.</summary>
    public TlsCredential Credential { get; }

    public bool IsRevoked { get; }

    /// <summary>Completes with the first question.</summary>
    public Task Asked => _asked.Task;

    /// <summary>Answers from now on; before, it hangs.</summary>
    public void Answer() => _mayAnswer.TrySetResult();

    /// <summary>Closes its port: who asks is refused.</summary>
    public void Die() => _listener.Close();

    public async ValueTask DisposeAsync()
    {
        Answer();
        _listener.Close();
        await _closing.CancelAsync();
        await _serving.WaitAsync(ExternalTool.Patience);
        _closing.Dispose();
    }

    /// <summary>HttpListener takes no port 0: the next try when somebody else was quicker.</summary>
    private int StartSomewhere()
    {
        for (var tries = 0; ; tries++)
        {
            int port;
            using (var probe = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp))
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                port = ((IPEndPoint)probe.LocalEndPoint!).Port;
            }

            try
            {
                _listener.Prefixes.Clear();
                _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                _listener.Start();
                return port;
            }
            catch (HttpListenerException) when (tries < 10)
            {
                // Somebody has taken it in between.
            }
        }
    }

    private async Task ServeAsync(bool isList)
    {
        var body = isList ? List() : TestStaples.For(
            Credential.Certificate, IsRevoked ? new RevokedStatus(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), 1) : null);
        try
        {
            while (true)
            {
                // A listener that is closed at the moment in which it is asked may never complete the task.
                var context = await _listener.GetContextAsync().WaitAsync(_closing.Token);
                _asked.TrySetResult();
                await _mayAnswer.Task;
                context.Response.ContentType = isList ? "application/pkix-crl" : "application/ocsp-response";
                await context.Response.OutputStream.WriteAsync(body);
                context.Response.Close();
            }
        }
        catch (Exception exception) when (
            exception is HttpListenerException or ObjectDisposedException or IOException or OperationCanceledException)
        {
            // Closed.
        }
    }

    private byte[] List()
    {
        var builder = new CertificateRevocationListBuilder();
        if (IsRevoked)
            builder.AddEntry(Credential.Certificate);
        return builder.Build(TestCertificates.Intermediate, 1, TimeProvider.System.GetUtcNow().AddDays(1), HashAlgorithmName.SHA256);
    }
}
