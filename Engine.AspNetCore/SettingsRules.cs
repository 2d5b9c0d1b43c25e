using System.Security.Authentication;

namespace TlsFsm.AspNetCore;

/// <summary>What settings must say to make sense.</summary>
internal static class SettingsRules
{
    /// <summary>All that is wrong, each in a sentence that names its place.</summary>
    public static IReadOnlyList<string> Faults(TlsFsmSettings settings)
    {
        var faults = new List<string>();
        if (settings.Certificate is null && settings.Sni.Count == 0 && settings.Adjust is null)
            faults.Add("There is no certificate: set Certificate:Path (with Certificate:KeyPath for PEM) or Certificate:Subject.");
        if (settings.Certificate is { } certificate)
            Check(certificate, "Certificate", faults);
        foreach (var (name, sni) in settings.Sni)
            Check(sni, $"Sni:{name}", faults);
        if (settings.RefuseUnknownNames && settings.Sni.Count == 0)
            faults.Add("RefuseUnknownNames refuses everybody who asks for a name: there is none in Sni.");
        foreach (var version in settings.SslProtocols)
        {
            if (version is not (SslProtocols.Tls12 or SslProtocols.Tls13))
                faults.Add($"SslProtocols has {version}, which is not spoken here: Tls12 and Tls13 are.");
        }

        if (!Enum.IsDefined(settings.ClientCertificateMode))
            faults.Add($"ClientCertificateMode should be None, Request or Require, got {settings.ClientCertificateMode}.");
        if (settings.ClientCertificateRoots.Count > 0 && settings.ClientCertificateMode == ClientCertificateMode.None)
            faults.Add("ClientCertificateRoots are of no use while ClientCertificateMode is None: no certificate is asked for.");
        if (settings.ClientCertificateRoots.Any(string.IsNullOrWhiteSpace))
            faults.Add("ClientCertificateRoots has an empty path.");
        if (settings.HandshakeTimeout <= TimeSpan.Zero)
            faults.Add($"HandshakeTimeout should be greater than zero, got {settings.HandshakeTimeout}.");
        if (settings.CertificateReload < TimeSpan.Zero)
            faults.Add($"CertificateReload should be zero (never) or more, got {settings.CertificateReload}.");
        return faults;
    }

    private static void Check(TlsFsmCertificateSettings certificate, string place, List<string> faults)
    {
        if (string.IsNullOrWhiteSpace(certificate.Path) == string.IsNullOrWhiteSpace(certificate.Subject))
            faults.Add($"{place} needs one of Path (a file) and Subject (in a store).");
        if (certificate.KeyPath is not null && certificate.Path is null)
            faults.Add($"{place}:KeyPath is the key of a certificate in {place}:Path, which is not set.");
        if (certificate.Store is not null && certificate.Subject is null)
            faults.Add($"{place}:Store says where to look for {place}:Subject, which is not set.");
        if (!Enum.IsDefined(certificate.Location))
            faults.Add($"{place}:Location should be CurrentUser or LocalMachine, got {certificate.Location}.");
    }
}
