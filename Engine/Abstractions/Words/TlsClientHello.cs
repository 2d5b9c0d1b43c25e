using System.Net.Security;
using TlsFsm.Abstractions.Words;

namespace TlsFsm;

/// <summary>
/// A ClientHello as it came, before anything was chosen or answered (RFC 8446 section 4.1.2). Nothing in it is proven: whoever sent
/// it may have written what he liked.
/// </summary>
public sealed class TlsClientHello
{
    /// <summary>The whole handshake message, with its header of four bytes; without record headers.</summary>
    public required ReadOnlyMemory<byte> Raw { get; init; }

    /// <summary>The name that the client wants (SNI), in lower case; null without one.</summary>
    public string? ServerName { get; init; }

    /// <summary>Application protocols offered (ALPN), in order.</summary>
    public IReadOnlyList<SslApplicationProtocol> ApplicationProtocols { get; init; } = [];

    /// <summary>
    /// Versions offered by their number on the wire (0x0304 is TLS 1.3), in order; without the extension, the legacy version alone. Unknown
    /// ones and GREASE included.
    /// </summary>
    public IReadOnlyList<int> Versions { get; init; } = [];

    /// <summary>Cipher suites offered, in order; unknown ones and GREASE included.</summary>
    public IReadOnlyList<TlsCipherSuite> CipherSuites { get; init; } = [];

    /// <summary>Types of the extensions, in order; unknown ones and GREASE included.</summary>
    public IReadOnlyList<int> Extensions { get; init; } = [];

    /// <summary>Groups offered by their IANA number, in order.</summary>
    public IReadOnlyList<int> Groups { get; init; } = [];

    /// <summary>Signature schemes offered by their IANA number, in order.</summary>
    public IReadOnlyList<int> SignatureSchemes { get; init; } = [];

    /// <summary>
    /// A fingerprint in the form of JA4: transport, version, name or address, counts, ALPN; hash of the sorted suites; hash of the sorted
    /// extensions and the schemes.
    /// </summary>
    /// <value>For example <c>t13d1516h2_8daaf6152771_e5627efa2ab1</c>. Equal for clients built and set up alike; easily forged.</value>
    public required string Ja4 { get; init; }

    /// <summary>For logs: fingerprint, name, application protocols.</summary>
    /// <remarks>Its own words are cut, and what cannot be shown in them is written as <c>\u001B</c>.</remarks>
    public override string ToString() =>
        $"{SafeText.Of(Ja4, 100)} {SafeText.Of(ServerName ?? "(no name)", 255)} "
        + SafeText.Of(string.Join(',', ApplicationProtocols.Take(32)), 500);
}
