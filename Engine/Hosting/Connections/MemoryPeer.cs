using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Hosting.Connections;

/// <summary>What both ends of a connection in memory know each other by.</summary>
internal static class MemoryPeer
{
    public const string Name = "in-memory.invalid";

    // For nobody but ourselves, and good for nothing else.
    private static readonly Lazy<X509Certificate2> Made = new(Create);

    public static X509Certificate2 Certificate => Made.Value;

    /// <summary>Whether it is ourselves that we talk to.</summary>
    public static RemoteCertificateValidationCallback IsItself { get; } = static (_, presented, _, _) => Certificate.Equals(presented);

    private static X509Certificate2 Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));

        // Windows takes no key that was never in a store.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
    }
}
