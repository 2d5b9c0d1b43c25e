using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TlsFsm.Cli.Arguments;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.Doctor;

/// <summary>
/// Makes the connections of one examination: one after the other, only so many, and none once the server has stopped answering.
/// </summary>
internal sealed class Prober
{
    /// <summary>More than any server needs: suites, groups and schemes of both versions are about 70 questions.</summary>
    public const int MaxConnections = 100;

    private readonly HostPort _peer;
    private readonly DoctorOptions _options;
    private readonly CertificateVerification _verification;
    private readonly Action<TlsCertificateDemand, TlsDecision<TlsCredential?>> _choose;
    private ProbeResult _current = new();
    private int _failuresInARow;

    public Prober(HostPort peer, DoctorOptions options)
    {
        _peer = peer;
        _options = options;

        // The same for all connections: sessions are kept for who judges and chooses. Whatever is found, the examination goes on.
        _verification = options.Verification with
        {
            Review = (review, decision) =>
            {
                Take(review);
                decision.Complete(null);
            },
        };
        _choose = (_, decision) =>
        {
            _current = _current with { IsCertificateAskedFor = true };
            decision.Complete(options.Credential);
        };
    }

    /// <summary>Connections so far.</summary>
    public int Connections { get; private set; }

    /// <summary>The certificates that came for the usual name, each once.</summary>
    public Dictionary<string, CertificateFinding> Certificates { get; } = [];

    /// <summary>Offers something, and tells what the server made of it.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<ProbeResult> TryAsync(Probe probe, CancellationToken cancellationToken)
    {
        var result = await OnceAsync(probe, cancellationToken);

        // Who closes without a word may have meant it, or have been overrun: asked again, it does not happen twice by chance.
        return result is { IsRefused: true, Alert: null } ? await OnceAsync(probe, cancellationToken) : result;
    }

    private async Task<ProbeResult> OnceAsync(Probe probe, CancellationToken cancellationToken)
    {
        if (_failuresInARow >= MaxFailuresInARow)
            return new ProbeResult { Reason = $"the server has not answered {MaxFailuresInARow} times in a row" };
        if (Connections >= MaxConnections)
            return new ProbeResult { Reason = $"it would take more than {MaxConnections} connections" };

        Connections++;
        _current = new ProbeResult();
        var result = await ConnectAsync(probe, cancellationToken);
        _failuresInARow = result is { IsAccepted: false, IsRefused: false } ? _failuresInARow + 1 : 0;
        if (probe.ServerName is null && result.Certificate is { } certificate)
            Certificates.TryAdd(certificate.Fingerprint, certificate);
        return result;
    }

    private async Task<ProbeResult> ConnectAsync(Probe probe, CancellationToken cancellationToken)
    {
        try
        {
            var socket = await _options.Way.OpenAsync(_options.Timeout, cancellationToken);
            await using var stream = await TlsClient.OpenStreamAsync(socket, OptionsOf(probe), cancellationToken: cancellationToken);
            if (probe.Tickets is { } tickets)
                await AwaitTicketAsync(stream, tickets, cancellationToken);
            return _current with { Session = stream.Connection.Session };
        }
        catch (TlsException exception)
        {
            return Explain(exception);
        }
        catch (Exception exception) when (exception is SocketException or IOException or CliException)
        {
            return _current with { Reason = Failure.Explain(exception, _peer.ToString()).Message };
        }
    }

    /// <summary>Some servers send their tickets with their first data, which an HTTP server gives for a request.</summary>
    private async Task AwaitTicketAsync(TlsStream stream, TicketWatch tickets, CancellationToken cancellationToken)
    {
        await AwaitAsync();
        if (tickets.First.IsCompleted || stream.Connection.Session!.ApplicationProtocol != SslApplicationProtocol.Http11)
            return;

        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {_options.ServerName}\r\nConnection: close\r\n\r\n"), cancellationToken);
        await AwaitAsync();

        Task AwaitAsync() => Task.WhenAny(tickets.First, Task.Delay(TicketPatience, cancellationToken));
    }

    private ProbeResult Explain(TlsException exception) => exception switch
    {
        // Silence, or a defect of ours: neither is the server's answer.
        { Fault: TlsFault.Timeout or TlsFault.Internal or TlsFault.Application } => _current with { Reason = exception.Message },
        { Fault: TlsFault.PeerAlert } =>
            _current with { Alert = exception.Alert, IsRefused = true, Reason = $"alert {(int)exception.Alert!} {exception.Alert}" },

        // Closed or reset in the handshake: the server's way to refuse, if it does so again.
        { Fault: TlsFault.Network } => _current with { IsRefused = true, Reason = "closed without an alert" },
        _ => _current with { Alert = exception.Alert, IsRefused = true, Reason = exception.Message },
    };

    private TlsClientOptions OptionsOf(Probe probe) => new()
    {
        TargetHost = probe.ServerName ?? _options.ServerName,
        Policy = probe.Policy,
        EnabledProtocols = probe.Policy.Protocols,
        ApplicationProtocols = probe.ApplicationProtocols,
        Verification = _verification,
        SessionCache = probe.Tickets,
        ChooseCredential = _choose,
        HandshakeTimeout = _options.Timeout,

        // Nothing was said, so there is nothing that the peer's close_notify could vouch for.
        AwaitCloseNotify = false,
        TolerateTruncation = true,
        ShutdownTimeout = TimeSpan.FromSeconds(1),
    };

    private void Take(CertificateReview review) => _current = _current with
    {
        Certificate = CertificateExamination.Of(review, TimeProvider.System.GetUtcNow()),
        CertificateCurve = CurveOf(review.Certificates[0]),
        Staple = review.Staple,
        HasStaple = !review.StapledResponse.IsEmpty,
    };

    private static TlsNamedGroup? CurveOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPublicKey();
        return key?.KeySize switch
        {
            256 => TlsNamedGroup.Secp256r1,
            384 => TlsNamedGroup.Secp384r1,
            521 => TlsNamedGroup.Secp521r1,
            _ => null,
        };
    }

    // One may be chance.
    private const int MaxFailuresInARow = 3;

    // Servers send their tickets with the end of the handshake, or with their first data.
    private static readonly TimeSpan TicketPatience = TimeSpan.FromSeconds(2);
}
