using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.Pem;

/// <summary>Reads certificates and keys from PEM files, and says in one line which file is wrong and how.</summary>
internal static class PemFiles
{
    /// <summary>A certificate (leaf first, intermediates after it) and its private key.</summary>
    /// <exception cref="CliException">A file cannot be read, is not what it should be, or the two do not belong together.</exception>
    public static TlsCredential LoadCredential(string certificatePath, string keyPath, OcspStaple? staple = null)
    {
        var chain = LoadCertificates(certificatePath);
        var key = ReadKey(keyPath);
        try
        {
            if (chain[0].PublicKey.Oid.Value == Ed25519PublicKey)
                return TlsCredential.FromPem(
                    string.Concat(chain.Select(one => one.ExportCertificatePem() + "\n")), key) with
                    {
                        Staple = staple, DangerousPresentUnfit = true,
                    };

            var leaf = WithKey(chain[0], certificatePath, key, keyPath);
            chain.RemoveAt(0);
            // A tool shows what it is told to; what is wrong with it is for the peer, and for doctor, to say.
            return new TlsCredential(leaf, chain) { Staple = staple, DangerousPresentUnfit = true };
        }
        catch (CryptographicException exception)
        {
            throw Unusable(keyPath, exception.Message, exception);
        }
        catch (ArgumentException exception)
        {
            throw Unusable(certificatePath, Failure.Explain(exception), exception);
        }
    }

    /// <summary>One or more certificates that are to be trusted.</summary>
    /// <exception cref="CliException">The file cannot be read, or holds no certificate.</exception>
    public static X509Certificate2Collection LoadRoots(string path) => LoadCertificates(path);

    private static X509Certificate2Collection LoadCertificates(string path)
    {
        var text = ReadText(path);
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

    private static string ReadKey(string keyPath)
    {
        var key = ReadText(keyPath);

        // PKCS#8 says so in the label, the older OpenSSL format in a header line.
        if (key.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal) ||
            key.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
            throw Unusable(keyPath, "the private key is encrypted; decrypt it first (openssl pkey -in FILE -out FILE)");
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw Unusable(keyPath, "there is no private key in it (-----BEGIN PRIVATE KEY-----)");

        return key;
    }

    private static X509Certificate2 WithKey(X509Certificate2 leaf, string certificatePath, string key, string keyPath)
    {
        using AsymmetricAlgorithm? algorithm = leaf.PublicKey.Oid.Value switch
        {
            EcPublicKey => ECDsa.Create(),
            RsaPublicKey => RSA.Create(),
            _ => null,
        };
        if (algorithm is null)
            throw Unusable(
                certificatePath,
                $"the key of '{leaf.Subject}' is neither ECDSA nor Ed25519 nor RSA "
                + $"({leaf.PublicKey.Oid.FriendlyName ?? leaf.PublicKey.Oid.Value})");

        try
        {
            algorithm.ImportFromPem(key);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw Unusable(
                keyPath, $"the private key cannot be decoded, or is of another kind than the certificate in '{certificatePath}'", exception);
        }

        try
        {
            return algorithm is ECDsa ecdsa ? leaf.CopyWithPrivateKey(ecdsa) : leaf.CopyWithPrivateKey((RSA)algorithm);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw Unusable(
                keyPath, $"the private key does not belong to the certificate '{leaf.Subject}' in '{certificatePath}'", exception);
        }
    }

    private static string ReadText(string path)
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

    private const string EcPublicKey = "1.2.840.10045.2.1";
    private const string Ed25519PublicKey = "1.3.101.112";
    private const string RsaPublicKey = "1.2.840.113549.1.1.1";
}
