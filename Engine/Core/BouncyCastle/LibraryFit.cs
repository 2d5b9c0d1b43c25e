using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle.Records;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>
/// Whether the BouncyCastle that is here is what the engine leans on beyond its public surface. Packages admit later versions of the same
/// line, so that programs get security fixes the day they are out; one that does not fit must say so before it does harm.
/// </summary>
/// <remarks>
/// Looked at once a process, when the first core is made: always in Debug, and in Release where the version is not the one that was tested,
/// which a restore from the same package cannot have changed.
/// </remarks>
internal static class LibraryFit
{
    /// <summary>The version that all tests have run with, and the first of the packages' range.</summary>
    public const string Tested = "2.7.0";

    /// <summary>The first version that the packages do not admit.</summary>
    public const string Beyond = "2.8.0";

    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Lazy<string?> Here = new(Look);

    /// <summary>Every name that BouncyCastle keeps to itself and the engine uses all the same.</summary>
    public static IReadOnlyList<Reliance> Reliances { get; } =
    [
        .. Gcm("a short record begins by it", typeof(byte[]), "J0", "counter", "S", "S_at", "S_atPre", "bufBlock"),
        .. Gcm("a short record begins by it", typeof(uint), "counter32", "blocksRemaining"),
        .. Gcm("a short record begins by it", typeof(ulong), "atLength", "atLengthPre", "totalLength"),
        .. Gcm("a short record begins by it", typeof(int), "bufOff", "atBlockPos"),
        new(typeof(GcmBlockCipher), "InitCipher", [], "a short record without content ends by it", IsMethod: true),
        new(typeof(GcmBlockCipher), "ProcessPartial", [typeof(Span<byte>), typeof(Span<byte>)], "a short record ends by it", IsMethod: true),
        new(typeof(GcmBlockCipher), "gHASHBlock", [typeof(byte[]), typeof(ReadOnlySpan<byte>)], "a tag is made by it", IsMethod: true),
        new(typeof(TlsProtocol), "m_applicationDataQueue", [typeof(ByteQueue)], "decrypted data is taken from it"),
        new(typeof(TlsProtocol), "m_handshakeHash", [typeof(TlsHandshakeHash)], "the secret of tickets is derived from it"),
        .. Remains(typeof(SecurityParameters), typeof(byte[]), "m_clientRandom", "m_serverRandom", "m_localVerifyData", "m_peerVerifyData",
            "m_tlsUnique", "m_tlsServerEndPoint"),
        .. Remains(typeof(SecurityParameters), typeof(Certificate), "m_localCertificate", "m_peerCertificate"),
        .. Remains(typeof(AbstractTlsServer), typeof(IDictionary<int, byte[]>), "m_clientExtensions", "m_serverExtensions"),
        .. Remains(typeof(AbstractTlsServer), typeof(int[]), "m_offeredCipherSuites"),
        .. Remains(typeof(AbstractTlsServer), typeof(CertificateStatusRequest), "m_certificateStatusRequest"),
        .. Remains(typeof(AbstractTlsServer), typeof(IList<ProtocolName>), "m_clientProtocolNames"),
        .. Remains(
            Type.GetType("Org.BouncyCastle.Tls.AbstractTlsContext, BouncyCastle.Cryptography") ?? typeof(TlsContext), typeof(TlsSession),
            "m_session"),
        new(
            typeof(HandshakeMessageInput), Reliance.Constructor, [typeof(byte[]), typeof(int), typeof(int)],
            "messages that waited for a decision are given back by it"),
    ];

    /// <summary>The version that is here, as its package has it.</summary>
    public static string Version { get; } = (typeof(TlsProtocol).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "of no version").Split('+')[0];

    /// <summary>Comes back where the library fits.</summary>
    /// <exception cref="InvalidOperationException">It does not: what is missing, for what, and what to do.</exception>
    public static void Ensure()
    {
        if (Here.Value is { } misfit)
            throw new InvalidOperationException(misfit);
    }

    /// <summary>What does not fit, in words for whoever has put the program together; null when all does.</summary>
    public static string? Verdict(string version, IEnumerable<Reliance> reliances)
    {
        var misfits = reliances.Where(reliance => !Has(reliance)).Select(reliance => reliance.ToString()).ToList();
        if (misfits.Count == 0 && PlatformCiphers.OfThisMachine.HasAesInstructions && !SealsAlike())
            misfits.Add("short records are sealed in another way than the platform seals them");

        return misfits.Count == 0 ? null
            : $"BouncyCastle.Cryptography {version} does not fit this TlsFsm, which was tested with {Tested}: {string.Join("; ", misfits)}. "
                + $"Take a version from {Tested} up to, not including, {Beyond}, or a TlsFsm that was made for this one.";
    }

    private static string? Look()
    {
#if !DEBUG
        if (Version == Tested)
            return null;
#endif
        return Verdict(Version, Reliances);
    }

    private static IEnumerable<Reliance> Gcm(string use, Type type, params string[] fields) =>
        fields.Select(field => new Reliance(typeof(GcmBlockCipher), field, [type], use));

    private static IEnumerable<Reliance> Remains(
        [DynamicallyAccessedMembers(Reliance.Kept)] Type owner, Type type, params string[] fields) =>
        fields.Select(field => new Reliance(owner, field, [type], "what nobody asks for after the handshake is let go there"));

    private static bool Has(Reliance reliance) => reliance.Name == Reliance.Constructor
        ? reliance.Owner.GetConstructor(Members, [.. reliance.Types]) is not null
        : reliance.IsMethod ? reliance.Owner.GetMethod(reliance.Name, Members, [.. reliance.Types]) is not null
        : reliance.Owner.GetField(reliance.Name, Members)?.FieldType == reliance.Types[0];

    // What no name shows: whether they still are all that stands between two records.
    private static bool SealsAlike()
    {
        Span<byte> ours = stackalloc byte[200 + 16], theirs = stackalloc byte[200 + 16], additional = stackalloc byte[13];
        byte[] key = [.. Enumerable.Range(1, 16).Select(i => (byte)i)], nonce = new byte[12];
        using ShortGcm encoder = new(key, isEncoder: true), decoder = new(key, isEncoder: false);
        using var platform = new AesGcm(key, 16);
        foreach (var size in (ReadOnlySpan<int>)[0, 200, 1, 16, 17, 0, 100, 15, 64])
        {
            nonce[^1]++;
            var sealedHere = ours[..(size + 16)];
            var sealedThere = theirs[..(size + 16)];
            sealedHere.Fill(nonce[^1]);
            sealedThere.Fill(nonce[^1]);
            encoder.Encrypt(nonce, additional, sealedHere);
            platform.Encrypt(nonce, sealedThere[..size], sealedThere[..size], sealedThere[size..], additional);
            if (!sealedHere.SequenceEqual(sealedThere))
                return false;

            decoder.Decrypt(nonce, additional, sealedHere, sealedHere);
            if (sealedHere[..size].ContainsAnyExcept(nonce[^1]))
                return false;
        }

        return true;
    }

    /// <summary>One such name.</summary>
    /// <param name="Owner">The type that has it.</param>
    /// <param name="Name">A field's, or <see cref="Constructor"/>.</param>
    /// <param name="Types">The field's type, or those of the constructor's parameters.</param>
    /// <param name="Use">What the engine does with it.</param>
    /// <param name="IsMethod">Whether it is a method, of such parameters.</param>
    internal sealed record Reliance(
        [property: DynamicallyAccessedMembers(Reliance.Kept)] [param: DynamicallyAccessedMembers(Reliance.Kept)] Type Owner,
        string Name,
        IReadOnlyList<Type> Types,
        string Use,
        bool IsMethod = false)
    {
        public const string Constructor = ".ctor";

        // What a trimmed program must keep, so that what is looked for can be found there.
        public const DynamicallyAccessedMemberTypes Kept =
            DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields
            | DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.NonPublicMethods
            | DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.NonPublicConstructors;

        public override string ToString() => Name == Constructor
            ? $"{Owner.Name} has no constructor with ({string.Join(", ", Types.Select(type => type.Name))}) ({Use})"
            : IsMethod ? $"{Owner.Name} has no method '{Name}' with ({string.Join(", ", Types.Select(type => type.Name))}) ({Use})"
            : $"{Owner.Name} has no field '{Name}' of the type {Types[0].Name} ({Use})";
    }
}
