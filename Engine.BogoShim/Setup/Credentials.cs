using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions;
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
                return TlsCredential.FromKey(LoadKey(File.ReadAllText(config.KeyFile)));

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
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            throw new UnimplementedException($"The credential cannot be used: {exception.Message}");
        }
    }

    /// <summary>Loads a private key.</summary>
    public static AsymmetricAlgorithm LoadKey(string pem)
    {
        try
        {
            var ecdsa = ECDsa.Create();
            ecdsa.ImportFromPem(pem);
            return ecdsa;
        }
        catch (CryptographicException)
        {
            var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return rsa;
        }
    }
}
