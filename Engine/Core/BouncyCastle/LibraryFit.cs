using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Tls;
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
        new(typeof(GcmBlockCipher), "J0", [typeof(byte[])], "the nonce of a short record is set in it"),
        new(typeof(GcmBlockCipher), "counter", [typeof(byte[])], "a short record counts its blocks in it"),
        new(typeof(GcmBlockCipher), "initialised", [typeof(bool)], "a cipher is made ready for the next short record by it"),
        new(typeof(TlsProtocol), "m_applicationDataQueue", [typeof(ByteQueue)], "decrypted data is taken from it"),
        new(typeof(TlsProtocol), "m_handshakeHash", [typeof(TlsHandshakeHash)], "the secret of tickets is derived from it"),
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
        if (misfits.Count == 0 && !SealsAlike())
            misfits.Add("a cipher that has sealed one record seals the next one differently than a new one does");

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

    private static bool Has(Reliance reliance) => reliance.Name == Reliance.Constructor
        ? reliance.Owner.GetConstructor(Members, [.. reliance.Types]) is not null
        : reliance.Owner.GetField(reliance.Name, Members)?.FieldType == reliance.Types[0];

    // What no name shows: whether the fields above still are all that stands between two records.
    private static bool SealsAlike()
    {
        Span<byte> used = stackalloc byte[64 + 16], fresh = stackalloc byte[64 + 16];
        byte[] key = new byte[16], first = new byte[12], second = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        using ShortGcm user = new(key, isEncoder: true), newcomer = new(key, isEncoder: true);
        user.Encrypt(first, [], used);
        used.Clear();
        user.Encrypt(second, [5], used);
        newcomer.Encrypt(second, [5], fresh);
        return used.SequenceEqual(fresh);
    }

    /// <summary>One such name.</summary>
    /// <param name="Owner">The type that has it.</param>
    /// <param name="Name">A field's, or <see cref="Constructor"/>.</param>
    /// <param name="Types">The field's type, or those of the constructor's parameters.</param>
    /// <param name="Use">What the engine does with it.</param>
    internal sealed record Reliance(
        [property: DynamicallyAccessedMembers(Reliance.Kept)] [param: DynamicallyAccessedMembers(Reliance.Kept)] Type Owner,
        string Name,
        IReadOnlyList<Type> Types,
        string Use)
    {
        public const string Constructor = ".ctor";

        // What a trimmed program must keep, so that what is looked for can be found there.
        private const DynamicallyAccessedMemberTypes Kept =
            DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields
            | DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.NonPublicConstructors;

        public override string ToString() => Name == Constructor
            ? $"{Owner.Name} has no constructor with ({string.Join(", ", Types.Select(type => type.Name))}) ({Use})"
            : $"{Owner.Name} has no field '{Name}' of the type {Types[0].Name} ({Use})";
    }
}
