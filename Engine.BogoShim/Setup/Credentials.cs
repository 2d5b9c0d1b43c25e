using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions;
using TlsFsm.BogoShim.Exchange;
using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Setup;

/// <summary>Loads what the flags tell to present.</summary>
internal static class Credentials
{
    /// <summary>Loads a credential.</summary>
    /// <exception cref="UnimplementedException">Its key is of a kind, or it has something with it, that is not there.</exception>
    public static TlsCredential Load(CredentialConfig config, ITlsSigner? signer = null)
    {
        if (config.KeyFile is null)
            throw new UnimplementedException("A certificate without a key is not there.");

        try
        {
            var staple = config.OcspResponse is null ? null : new OcspStaple(config.OcspResponse);
            if (config.IsRawPublicKey || config.CertificateFile is null)
                return TlsCredential.FromKey(LoadKey(config.KeyFile));

            if (signer is null)
            {
                var loaded = TlsCredential.FromPemFiles(config.CertificateFile, config.KeyFile);
                return staple is null ? loaded : new TlsCredential(loaded.Certificate, loaded.Intermediates) { Staple = staple };
            }

            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(config.CertificateFile);
            var leaf = chain[0];
            chain.RemoveAt(0);
            return new TlsCredential(leaf, signer, chain) { Staple = staple };
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            throw new UnimplementedException($"The credential cannot be used: {exception.Message}");
        }
    }

    /// <summary>Loads a credential whose key answers from elsewhere, and tells when it has signed.</summary>
    /// <inheritdoc cref="Load"/>
    public static TlsCredential LoadElsewhere(CredentialConfig config, Turn turn, int index)
    {
        if (config.KeyFile is null)
            return Load(config);
        if (config.IsRawPublicKey)
            return turn.Shared.Remember(config.KeyFile, () => Load(config));

        return Load(config, new ElsewhereSigner(LoadKey(config.KeyFile), turn.Answer, () => turn.Notes.SelectedCredential = index));
    }

    /// <summary>Loads a private key.</summary>
    /// <exception cref="UnimplementedException">It is neither ECDSA nor RSA.</exception>
    public static AsymmetricAlgorithm LoadKey(string file)
    {
        var pem = File.ReadAllText(file);
        return TryLoad(ECDsa.Create(), pem) ?? TryLoad(RSA.Create(), pem)
            ?? throw new UnimplementedException("The key is of a kind that is not there.");
    }

    /// <summary>Whether a private key is one of ECDSA.</summary>
    /// <exception cref="UnimplementedException">It is neither ECDSA nor RSA.</exception>
    public static bool IsEcdsa(string keyFile)
    {
        using var key = LoadKey(keyFile);
        return key is ECDsa;
    }

    private static AsymmetricAlgorithm? TryLoad(AsymmetricAlgorithm key, string pem)
    {
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            key.Dispose();
            return null;
        }
    }
}
