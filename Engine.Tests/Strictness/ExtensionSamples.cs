using TlsFsm.Core.Messages;
using static TlsFsm.Core.Messages.ExtensionPlace;

namespace TlsFsm.Tests.Strictness;

/// <summary>For each cell of the table of extensions a content that is well-formed, and whether any content is.</summary>
/// <param name="Place">The message.</param>
/// <param name="Type">The extension.</param>
/// <param name="Content">Well-formed.</param>
/// <param name="IsFree">Whether its form is nobody's matter, so that no other is wrong.</param>
/// <param name="MayBeEmpty">Whether no content is well-formed too.</param>
internal sealed record ExtensionSample(ExtensionPlace Place, int Type, byte[] Content, bool IsFree = false, bool MayBeEmpty = false)
{
    private static readonly byte[] Numbers16 = [0, 2, 4, 3];
    private static readonly byte[] Nothing = [];

    public static IReadOnlyList<ExtensionSample> All { get; } =
    [
        new(ClientHello, 0, [0, 4, 0, 0, 1, 97]),
        new(ServerHello12, 0, Nothing, MayBeEmpty: true), new(EncryptedExtensions, 0, Nothing, MayBeEmpty: true),
        new(ClientHello, 1, [1]), new(ServerHello12, 1, [1]), new(EncryptedExtensions, 1, [1]),
        new(ClientHello, 2, Nothing, MayBeEmpty: true), new(ServerHello12, 2, Nothing, MayBeEmpty: true),
        new(ClientHello, 3, [0, 1, 0]), new(ServerHello12, 3, Nothing, MayBeEmpty: true),
        new(ClientHello, 4, Nothing, MayBeEmpty: true), new(ServerHello12, 4, Nothing, MayBeEmpty: true),
        new(ClientHello, 5, [1, 0, 0, 0, 0]), new(ServerHello12, 5, Nothing, MayBeEmpty: true),
        new(CertificateRequest, 5, Nothing, IsFree: true), new(Certificate, 5, [1, 0, 0, 1, 9]),
        new(ClientHello, 10, [0, 2, 0, 23]), new(ServerHello12, 10, [0, 2, 0, 23]), new(EncryptedExtensions, 10, [0, 2, 0, 23]),
        new(ClientHello, 11, [1, 0]), new(ServerHello12, 11, [1, 0]),
        new(ClientHello, 13, Numbers16), new(CertificateRequest, 13, Numbers16),
        new(ClientHello, 14, [0, 2, 0, 1, 0]), new(ServerHello12, 14, [0, 2, 0, 1, 0]), new(EncryptedExtensions, 14, [0, 2, 0, 1, 0]),
        new(ClientHello, 15, [1]), new(ServerHello12, 15, [1]), new(EncryptedExtensions, 15, [1]),
        new(ClientHello, 16, [0, 3, 2, 104, 50]), new(ServerHello12, 16, [0, 3, 2, 104, 50]),
        new(EncryptedExtensions, 16, [0, 3, 2, 104, 50]),
        new(ClientHello, 17, [0, 7, 2, 0, 4, 0, 0, 0, 0]), new(ServerHello12, 17, Nothing, MayBeEmpty: true),
        new(ClientHello, 18, Nothing, MayBeEmpty: true), new(ServerHello12, 18, [0, 3, 0, 1, 9]),
        new(CertificateRequest, 18, Nothing, IsFree: true), new(Certificate, 18, [0, 3, 0, 1, 9]),
        new(ClientHello, 19, [1, 0]), new(ServerHello12, 19, [0]), new(EncryptedExtensions, 19, [0]),
        new(ClientHello, 20, [1, 0]), new(ServerHello12, 20, [0]), new(EncryptedExtensions, 20, [0]),
        new(ClientHello, 21, [0, 0], IsFree: true),
        new(ClientHello, 22, Nothing, MayBeEmpty: true), new(ServerHello12, 22, Nothing, MayBeEmpty: true),
        new(ClientHello, 23, Nothing, MayBeEmpty: true), new(ServerHello12, 23, Nothing, MayBeEmpty: true),
        new(ClientHello, 27, [2, 0, 1]), new(CertificateRequest, 27, [2, 0, 1]),
        new(ClientHello, 28, [1, 0]), new(ServerHello12, 28, [1, 0]), new(EncryptedExtensions, 28, [1, 0]),
        new(ClientHello, 35, [1, 2, 3], IsFree: true), new(ServerHello12, 35, Nothing, MayBeEmpty: true),
        new(ClientHello, 41, [0, 7, 0, 1, 9, 0, 0, 0, 0, 0, 33, 32, .. new byte[32]]), new(ServerHello13, 41, [0, 0]),
        new(ClientHello, 42, Nothing, MayBeEmpty: true), new(EncryptedExtensions, 42, Nothing, MayBeEmpty: true),
        new(NewSessionTicket, 42, [0, 0, 0, 1]),
        new(ClientHello, 43, [4, 3, 4, 3, 3]), new(ServerHello13, 43, [3, 4]), new(HelloRetryRequest, 43, [3, 4]),
        new(ClientHello, 44, [0, 1, 9]), new(HelloRetryRequest, 44, [0, 1, 9]),
        new(ClientHello, 45, [1, 1]),
        new(ClientHello, 47, [0, 4, 0, 2, 48, 0]), new(CertificateRequest, 47, [0, 4, 0, 2, 48, 0]),
        new(ClientHello, 48, Nothing, IsFree: true), new(CertificateRequest, 48, [0, 4, 1, 9, 0, 0]),
        new(ClientHello, 49, Nothing, MayBeEmpty: true),
        new(ClientHello, 50, Numbers16), new(CertificateRequest, 50, Numbers16),
        new(ClientHello, 51, [0, 5, 0, 23, 0, 1, 9]), new(ServerHello13, 51, [0, 23, 0, 1, 9]), new(HelloRetryRequest, 51, [0, 24]),
        new(ClientHello, 0xFF01, [0]), new(ServerHello12, 0xFF01, [0]),
    ];

    public string Name => ExtensionTable.Rows.Single(row => row.Type == Type).Name;

    /// <summary>Contents that cannot be decoded, each made from the one that can.</summary>
    public IEnumerable<(string How, byte[] Content)> Malformed()
    {
        if (IsFree)
            yield break;

        yield return ("trailing", [.. Content, 0]);
        if (!MayBeEmpty)
            yield return ("empty", []);
        for (var size = 1; size < Content.Length; size++)
            yield return ($"cut to {size}", Content[..size]);
    }

    public override string ToString() => $"{Name} in {Place}";
}
