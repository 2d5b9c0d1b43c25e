using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Credentials;

namespace TlsFsm.Abstractions.Verification;

/// <summary>Reads trusted certificates from PEM and DER, files and folders.</summary>
internal static class RootReader
{
    private static readonly string[] Endings = [".pem", ".crt", ".cer"];

    /// <summary>All certificates of files, and of the files in folders (not of those below) that are called as certificates are.</summary>
    /// <exception cref="ArgumentException">One has none, or something malformed; the message names it.</exception>
    public static X509Certificate2Collection Read(IEnumerable<string> paths)
    {
        var all = new X509Certificate2Collection();
#pragma warning disable RS0030 // Files are what it is for.
        foreach (var path in paths)
        {
            ArgumentException.ThrowIfNullOrEmpty(path);
            var files = !Directory.Exists(path) ? [path]
                : Directory.EnumerateFiles(path).Where(file => Endings.Contains(Path.GetExtension(file).ToLowerInvariant()))
                    .Order(StringComparer.Ordinal).ToArray();
            if (files.Length == 0)
                throw new ArgumentException($"The folder '{path}' has no file {string.Join(", ", Endings)}.", nameof(paths));
            foreach (var file in files)
                all.AddRange(Read(file, File.ReadAllBytes(file)));
        }
#pragma warning restore RS0030
        return all;
    }

    private static X509Certificate2Collection Read(string file, byte[] content)
    {
        try
        {
            // DER begins with a SEQUENCE; text never does with what follows it in a certificate.
            if (content is [0x30, >= 0x80, ..])
                return [X509CertificateLoader.LoadCertificate(content)];

            var all = CredentialReader.Certificates(System.Text.Encoding.UTF8.GetString(content));
            return all.Count > 0 ? all : throw new CryptographicException("There is no certificate in it (-----BEGIN CERTIFICATE-----).");
        }
        catch (CryptographicException e)
        {
            throw new ArgumentException($"The file '{file}' cannot be taken for roots: {e.Message}", nameof(file), e);
        }
    }
}
