using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.BogoShim.Exchange;
using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Setup;

/// <summary>Loads what the flags tell to present.</summary>
internal static class Credentials
{
    /// <summary>
    /// All that the flags tell to present, in BoringSSL's order: those that were announced, then the default one, whose index is -1.
    /// </summary>
    /// <exception cref="UnimplementedException">One is of a kind, or has something with it, that is not there.</exception>
    public static IReadOnlyList<TlsCredential> Of(Turn turn)
    {
        var config = turn.Config;
        var all = config.Credentials.Select((one, index) => (one, index)).ToList();
        if (config.Credential.IsGiven)
            all.Add((config.Credential, -1));

        turn.Notes.Credentials.Clear();
        foreach (var (one, index) in all)
            turn.Notes.Credentials.Add((Load(one, turn), index));
        return [.. turn.Notes.Credentials.Select(one => one.Credential)];
    }

    private static TlsCredential Load(CredentialConfig config, Turn turn)
    {
        if (config.KeyFile is null)
            throw new UnimplementedException("A certificate without a key is not there.");

        try
        {
            var key = LoadKey(config.KeyFile);

            // The runner means it so when it says async: the key is elsewhere. Ed25519 is always here, and there only with a certificate.
            var signer = turn.Config.IsAsync && key is not null ? new ElsewhereSigner(key, turn.Answer) : null;
            var bare = config.IsRawPublicKey || config.CertificateFile is null ? FromKey(key, signer)
                : signer is null ? TlsCredential.FromPemFiles(config.CertificateFile, config.KeyFile)
                : Elsewhere(config.CertificateFile, signer);
            return bare with
            {
                Staple = config.OcspResponse is null ? null : new OcspStaple(config.OcspResponse),
                SignatureSchemes = Policies.SigningOf(turn.Config, config),
                MustMatchIssuer = config.MustMatchIssuer,

                // The runner has odd certificates, and peers that take them.
                DangerousPresentUnfit = true,
            };
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            throw new UnimplementedException($"The credential cannot be used: {exception.Message}");
        }
    }

    private static TlsCredential Elsewhere(string file, ITlsSigner signer)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(file);
        var leaf = chain[0];
        chain.RemoveAt(0);
        return new TlsCredential(leaf, signer, chain);
    }

    private static TlsCredential FromKey(AsymmetricAlgorithm? key, ITlsSigner? signer) =>
        key is null ? throw new UnimplementedException("A bare key of this kind is not there.")
        : signer is null ? TlsCredential.FromKey(key)
        : TlsCredential.FromKey(key, signer);

    /// <summary>Loads a private key.</summary>
    /// <returns>Null when it is neither ECDSA nor RSA.</returns>
    private static AsymmetricAlgorithm? LoadKey(string file)
    {
        var pem = File.ReadAllText(file);
        return TryLoad(ECDsa.Create(), pem) ?? TryLoad(RSA.Create(), pem);
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
