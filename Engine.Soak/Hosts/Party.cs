using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Soak.Plans;

namespace TlsFsm.Soak.Hosts;

/// <summary>Certificates and options of all connections: few objects, as a program has them.</summary>
internal sealed class Party : IDisposable
{
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _leaf;
    private readonly Dictionary<(bool, SslProtocols), TlsClientOptions> _clients = [];
    private readonly Dictionary<bool, TlsServerOptions> _servers = [];

    private readonly TimeSpan _hasty;

    /// <param name="connections">At once: what is short depends on it.</param>
    public Party(int connections)
    {
        _hasty = TimeSpan.FromSeconds(3 + (connections / 100));
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=TlsFsm soak root", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        rootRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _root = rootRequest.CreateSelfSigned(from, to);

        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leafRequest = new CertificateRequest($"CN={Host}", leafKey, HashAlgorithmName.SHA256);
        leafRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        leafRequest.CertificateExtensions.Add(names.Build());
        using var bare = leafRequest.Create(_root, from, to, RandomNumberGenerator.GetBytes(16));
        _leaf = bare.CopyWithPrivateKey(leafKey);

        var verification = CertificateVerification.TrustedRoots([_root]);
        foreach (var isHasty in (bool[])[false, true])
        {
            _servers[isHasty] = new TlsServerOptions
            {
                Credential = new TlsCredential(_leaf),
                HandshakeTimeout = Deadline(isHasty),
                ShutdownTimeout = Deadline(isHasty),
                StreamDisposeTimeout = Deadline(isHasty),
            };
            foreach (var version in (SslProtocols[])[SslProtocols.Tls12, SslProtocols.Tls13])
                _clients[(isHasty, version)] = new TlsClientOptions
                {
                    TargetHost = Host,
                    Verification = verification,
                    EnabledProtocols = version,
                    HandshakeTimeout = Deadline(isHasty),
                    ShutdownTimeout = Deadline(isHasty),
                    StreamDisposeTimeout = Deadline(isHasty),
                    SessionCache = new MemorySessionCache(),
                };
        }
    }

    public TlsClientOptions Client(ConnectionPlan plan) => _clients[(plan.IsHasty, plan.Version)];

    /// <param name="isHasty">Whether deadlines are short; there is a listener for each.</param>
    public TlsServerOptions Server(bool isHasty) => _servers[isHasty];

    /// <summary>A server with the deadlines that are usual.</summary>
    public TlsServerOptions Usual => new() { Credential = new TlsCredential(_leaf) };

    /// <summary>What its certificates are trusted by: DER in Base64.</summary>
    public string Root => Convert.ToBase64String(_root.RawData);

    public static IPEndPoint AnyPort => new(IPAddress.Loopback, 0);

    public void Dispose()
    {
        _root.Dispose();
        _leaf.Dispose();
    }

    /// <summary>
    /// Short where a fault makes somebody wait in vain; else longer than any load takes, so that a deadline that fires is one more
    /// fault.
    /// </summary>
    private TimeSpan Deadline(bool isHasty) => isHasty ? _hasty : TimeSpan.FromMinutes(5);

    private const string Host = "localhost";
}
