using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace TlsFsm.AspNetCore;

/// <summary>A certificate in files or in a store: what there is now, and a mark by which a change is seen.</summary>
/// <param name="settings">Checked already.</param>
/// <param name="content">What paths are relative to.</param>
/// <param name="clock">By which a certificate in a store is valid.</param>
internal sealed class CertificateSource(TlsFsmCertificateSettings settings, string content, TimeProvider clock)
{
    /// <summary>What is there; its mark is the same as long as it is.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">The store cannot be opened, or has no such certificate.</exception>
    public (string Mark, Func<TlsCredential> Read) Look() => settings.Path is { } path ? LookAtFiles(path) : LookIntoStore();

    private (string Mark, Func<TlsCredential> Read) LookAtFiles(string path)
    {
        var certificate = File.ReadAllBytes(Path.Combine(content, path));
        if (settings.KeyPath is null)
            return (Mark(certificate), () => TlsCredential.FromPfx(certificate, settings.Password));

        var key = File.ReadAllBytes(Path.Combine(content, settings.KeyPath));
        return (
            Mark(certificate) + Mark(key),
            () => TlsCredential.FromPem(Encoding.UTF8.GetString(certificate), Encoding.UTF8.GetString(key), settings.Password));
    }

    private (string Mark, Func<TlsCredential> Read) LookIntoStore()
    {
        using var store = new X509Store(settings.Store ?? nameof(StoreName.My), settings.Location);
        try
        {
            store.Open(OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
        }
        catch (CryptographicException exception)
        {
            // The platform does not say which.
            throw new CryptographicException(
                $"The store {settings.Location}/{store.Name} cannot be opened: {exception.Message}", exception);
        }

        var now = clock.GetUtcNow();
        var best = store.Certificates.Find(X509FindType.FindBySubjectName, settings.Subject!, validOnly: false)
            .Where(one => one.HasPrivateKey && one.NotBefore.ToUniversalTime() <= now && one.NotAfter.ToUniversalTime() >= now)
            .MaxBy(one => one.NotAfter)
            ?? throw new CryptographicException(
                $"The store {settings.Location}/{store.Name} has no certificate for '{settings.Subject}' with a private key that is valid "
                + "now.");
        return (best.Thumbprint, () => new TlsCredential(best));
    }

    private static string Mark(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
