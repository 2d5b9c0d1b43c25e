using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>What the fixtures of all peers go through.</summary>
internal static class Cases
{
    public const SslProtocols Tls12 = SslProtocols.Tls12;
    public const SslProtocols Tls13 = SslProtocols.Tls13;
    public const SslProtocols Both = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Enough to fill every buffer on the way, the kernel's too.</summary>
    public const int Large = 8 * 1024 * 1024;

    /// <summary>Each version with each kind of key.</summary>
    public static IEnumerable<TestCaseData> VersionsAndKeys =>
        from version in new[] { Tls12, Tls13 }
        from key in Enum.GetValues<TestKey>()
        select new TestCaseData(version, key);

    /// <summary>Server certificates that our client refuses: the alert it sends, and what its exception says.</summary>
    public static IEnumerable<TestCaseData> RefusedServers =>
        from version in new[] { Tls12, Tls13 }
        from one in new (string Name, TlsAlert Alert, string Text)[]
        {
            (nameof(TestCertificates.WrongHost), TlsAlert.BadCertificate,
                "The server's certificate 'CN=wrong host' for 'localhost' fails the check 'host name': it is not for 'localhost' but for "
                + "wrong.example."),
            (nameof(TestCertificates.CommonNameOnly), TlsAlert.BadCertificate,
                "The server's certificate 'CN=localhost' for 'localhost' fails the check 'host name': it is not for 'localhost' but for no "
                + "name at all."),
            (nameof(TestCertificates.Expired), TlsAlert.CertificateExpired,
                "The server's certificate 'CN=expired' for 'localhost' fails the check 'dates': it was valid until "),
            (nameof(TestCertificates.NotYetValid), TlsAlert.CertificateExpired,
                "The server's certificate 'CN=not yet valid' for 'localhost' fails the check 'dates': it is not valid before "),
            (nameof(TestCertificates.Untrusted), TlsAlert.UnknownCa,
                "The server's certificate 'CN=untrusted' for 'localhost' fails the check 'trust'"),
            (nameof(TestCertificates.SelfSigned), TlsAlert.UnknownCa,
                "The server's certificate 'CN=self-signed' for 'localhost' fails the check 'trust'"),
            (nameof(TestCertificates.WithoutIntermediate), TlsAlert.UnknownCa,
                "The server's certificate 'CN=server EcdsaP256' for 'localhost' fails the check 'trust'"),
            (nameof(TestCertificates.WrongUsage), TlsAlert.UnsupportedCertificate,
                "The server's certificate 'CN=wrong usage' for 'localhost' fails the check 'usage'"),
        }
        select new TestCaseData(version, one.Name, one.Alert, one.Text);

    /// <summary>
    /// Clients that our server refuses: how it asks, the certificate (null: none), the alert it sends, and what its exception says.
    /// </summary>
    public static IEnumerable<TestCaseData> RefusedClients =>
        from version in new[] { Tls12, Tls13 }
        from one in new (ClientCertificateMode Mode, string? Name, TlsAlert Alert, string Text)[]
        {
            (ClientCertificateMode.Require, null, version == Tls13 ? TlsAlert.CertificateRequired : TlsAlert.HandshakeFailure,
                "The client presented no certificate, and one is required."),
            (ClientCertificateMode.Require, nameof(TestCertificates.UntrustedClient), TlsAlert.UnknownCa,
                "The client's certificate 'CN=untrusted client' fails the check 'trust'"),
            (ClientCertificateMode.Request, nameof(TestCertificates.UntrustedClient), TlsAlert.UnknownCa,
                "The client's certificate 'CN=untrusted client' fails the check 'trust'"),
            (ClientCertificateMode.Require, nameof(TestCertificates.ExpiredClient), TlsAlert.CertificateExpired,
                "The client's certificate 'CN=expired client' fails the check 'dates': it was valid until "),
            (ClientCertificateMode.Request, nameof(TestCertificates.ExpiredClient), TlsAlert.CertificateExpired,
                "The client's certificate 'CN=expired client' fails the check 'dates': it was valid until "),
            (ClientCertificateMode.Require, nameof(TestCertificates.Server), TlsAlert.UnsupportedCertificate,
                "The client's certificate 'CN=server EcdsaP256' fails the check 'usage'"),
        }
        select new TestCaseData(version, one.Mode, one.Name, one.Alert, one.Text);

    /// <summary>Clients that our server lets in: how it asks, and the certificate (null: none).</summary>
    public static IEnumerable<TestCaseData> WelcomeClients =>
        from version in new[] { Tls12, Tls13 }
        from one in new (ClientCertificateMode Mode, TestKey? Key)[]
        {
            (ClientCertificateMode.Require, TestKey.EcdsaP256),
            (ClientCertificateMode.Require, TestKey.EcdsaP384),
            (ClientCertificateMode.Require, TestKey.EcdsaP521),
            (ClientCertificateMode.Require, TestKey.Rsa2048),
            (ClientCertificateMode.Request, TestKey.EcdsaP256),
            (ClientCertificateMode.Request, null),
        }
        select new TestCaseData(version, one.Mode, one.Key);

    /// <summary>A credential of <see cref="TestCertificates"/> by its name: cases are named after their arguments.</summary>
    public static TlsCredential Credential(string name) =>
        (TlsCredential)typeof(TestCertificates).GetProperty(name)!.GetValue(null)!;
}
