using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.Pem;

/// <summary>Reads certificates and keys from PEM files, and says in one line which file is wrong and how.</summary>
internal static class PemFiles
{
    /// <summary>A certificate with what is sent along, in any order, and its private key.</summary>
    /// <param name="certificatePath">File with the certificates.</param>
    /// <param name="keyPath">File with the key.</param>
    /// <param name="password">Of an encrypted key; null for none.</param>
    /// <param name="staple">Presented with it; null for none.</param>
    /// <exception cref="CliException">A file cannot be read, is not what it should be, or the two do not belong together.</exception>
    public static TlsCredential LoadCredential(string certificatePath, string keyPath, string? password = null, OcspStaple? staple = null)
    {
        var certificates = ReadText(certificatePath);
        _ = CertificatesIn(certificates, certificatePath);
        var key = ReadText(keyPath);
        if (password is null && key.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal))
            throw Unusable(keyPath, $"the private key is encrypted; say where its password is ({Password.Option} env:NAME or file:PATH)");

        try
        {
            // A tool shows what it is told to; what is wrong with it is for the peer, and for doctor, to say.
            return TlsCredential.FromPem(certificates, key, password) with { Staple = staple, DangerousPresentUnfit = true };
        }
        catch (CryptographicException exception)
        {
            throw new CliException($"'{keyPath}' for '{certificatePath}': {exception.Message}", ExitCode.Usage, exception);
        }
        catch (ArgumentException exception)
        {
            throw Unusable(certificatePath, Failure.Explain(exception), exception);
        }
    }

    /// <summary>One or more certificates that are to be trusted.</summary>
    /// <exception cref="CliException">The file cannot be read, or holds no certificate.</exception>
    public static X509Certificate2Collection LoadRoots(string path) => CertificatesIn(ReadText(path), path);

    private static X509Certificate2Collection CertificatesIn(string text, string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException exception)
        {
            throw Unusable(path, "a certificate in it cannot be decoded", exception);
        }

        return certificates.Count > 0 ? certificates : throw Unusable(path, "there is no certificate in it (-----BEGIN CERTIFICATE-----)");
    }

    /// <summary>A text file as it is.</summary>
    /// <exception cref="CliException">It cannot be read, or is too long.</exception>
    internal static string ReadText(string path)
    {
        try
        {
            // Read in pieces: the file may be a pipe (<(command)), which has no length.
            using var reader = new StreamReader(path);
            var text = new StringBuilder();
            var piece = new char[16 * 1024];
            for (int count; (count = reader.Read(piece)) > 0;)
                if (text.Append(piece, 0, count).Length > MaxFileChars)
                    throw Unusable(path, $"it is longer than {MaxFileChars} characters");

            return text.ToString();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Unusable(path, "there is no such file", exception);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException)
        {
            throw Unusable(path, Directory.Exists(path) ? "it is a directory" : "access is denied", exception);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or NotSupportedException)
        {
            throw Unusable(path, exception.Message, exception);
        }
    }

    private static CliException Unusable(string path, string why, Exception? inner = null) =>
        new($"{(path.Length == 0 ? "an empty file name" : $"'{path}'")}: {why.TrimEnd('.')}.", ExitCode.Usage, inner);

    // The system's own bundle of roots is about 220,000 characters.
    private const int MaxFileChars = 4 * 1024 * 1024;
}
