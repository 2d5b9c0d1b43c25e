using System.Net;
using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Docs;

/// <summary>What <c>docs/streams.md</c> and <c>docs/endings.md</c> show, compiled and run.</summary>
internal sealed class StreamSnippets
{
    [Test, CancelAfter(120_000)]
    public async Task A_server_and_a_client_of_streams(CancellationToken cancellationToken)
    {
        var credential = TestCertificates.Server;
        var trust = TestCertificates.Verification;

        // begin streams-server
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, port: 0),
            new TlsServerOptions { Credential = credential },
            () => TlsStream.CreateProtocol(async stream =>
            {
                var buffer = new byte[16 * 1024];
                while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
                    await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }));
        // end streams-server

        // begin streams-client
        await using var stream = await TlsClient.OpenStreamAsync(
            "localhost", listener.LocalEndPoint.Port,
            new TlsClientOptions { TargetHost = "localhost", Verification = trust },
            cancellationToken: cancellationToken);

        await stream.WriteAsync("ping"u8.ToArray(), cancellationToken);
        var answer = new byte[4];
        await stream.ReadExactlyAsync(answer, cancellationToken);
        await stream.ShutdownAsync(cancellationToken);       // close_notify both ways, or an exception that says why not
        // end streams-client

        Assert.That(answer, Is.EqualTo("ping"u8.ToArray()));
        Assert.That(stream.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test, CancelAfter(120_000)]
    public async Task Why_it_failed(CancellationToken cancellationToken)
    {
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), new TlsServerOptions { Credential = TestCertificates.Server },
            () => TlsStream.CreateProtocol(_ => Task.CompletedTask));
        var options = new TlsClientOptions
        {
            TargetHost = "elsewhere.example", Verification = TestCertificates.Verification, EnabledProtocols = SslProtocols.Tls13,
        };
        var said = "";

        // begin endings-catch
        try
        {
            await using var stream = await TlsClient.OpenStreamAsync(
                "localhost", listener.LocalEndPoint.Port, options, cancellationToken: cancellationToken);
        }
        catch (TlsCertificateException refused)
        {
            said = $"{refused.Check}: {refused.Certificate?.Subject}";
        }
        catch (TlsException failed)
        {
            said = failed.Fault switch
            {
                TlsFault.Timeout or TlsFault.Network => "try again later",
                TlsFault.Incompatible => $"nothing in common: {failed.Message}",
                TlsFault.PeerAlert => $"refused by the peer with {failed.Alert}",
                _ => failed.Message,
            };
        }

        // end endings-catch
        Assert.That(said, Is.EqualTo("host name: CN=server EcdsaP256"));
    }
}
