using System.Collections.Immutable;
using TlsFsm.Abstractions.Words;

namespace TlsFsm;

/// <summary>
/// Options by the name that a client asks for (SNI). May be changed at any time and from any thread: handshakes that begin later see it,
/// connections that are there stay as they are.
/// </summary>
public sealed class TlsServerNames
{
    private ImmutableDictionary<string, TlsServerOptions> _names = ImmutableDictionary<string, TlsServerOptions>.Empty;

    /// <summary>What becomes of a client that asks for another name.</summary>
    /// <value>
    /// Default false: it is served with the default options. True: alert unrecognized_name. A client that names nobody is always served
    /// with the default ones.
    /// </value>
    public bool RefuseUnknown { get; init; }

    /// <summary>Names that are known.</summary>
    public IEnumerable<string> Names => Volatile.Read(ref _names).Keys;

    /// <summary>The names with their options, as they are now.</summary>
    internal IReadOnlyCollection<KeyValuePair<string, TlsServerOptions>> All => Volatile.Read(ref _names);

    /// <summary>Sets the options for a name, in place of earlier ones.</summary>
    /// <param name="name">A host name, internationalised or in A-labels, or <c>*.example.com</c> for one label before that.</param>
    /// <param name="options">
    /// Of these, what <see cref="TlsServerChoice.Use"/> says. They are judged when a listener takes them, and else with the first client that
    /// gets them.
    /// </param>
    /// <exception cref="ArgumentException">Not a host name.</exception>
    public void Set(string name, TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var key = Key(name);
        ImmutableInterlocked.AddOrUpdate(ref _names, key, options, (_, _) => options);
    }

    /// <summary>Forgets a name.</summary>
    /// <param name="name">As <see cref="Set"/> takes it.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="ArgumentException">Not a host name.</exception>
    public bool Remove(string name) => ImmutableInterlocked.TryRemove(ref _names, Key(name), out _);

    /// <summary>The choice for a ClientHello: the name itself, else the wildcard that fits.</summary>
    public TlsServerChoice Choose(TlsClientHello hello)
    {
        ArgumentNullException.ThrowIfNull(hello);
        if (hello.ServerName is not { } name)
            return TlsServerChoice.Default;

        var names = Volatile.Read(ref _names);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        if (names.TryGetValue(name, out var options) || (dot > 0 && names.TryGetValue("*" + name[dot..], out options)))
            return TlsServerChoice.Use(options);

        return RefuseUnknown ? TlsServerChoice.UnknownName : TlsServerChoice.Default;
    }

    private static string Key(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var isWildcard = name.StartsWith("*.", StringComparison.Ordinal);
        if ((isWildcard ? name[2..] : name).Contains('*', StringComparison.Ordinal))
            throw new ArgumentException(
                $"'{PeerName.Shown(name)}' is no host name: a wildcard stands for the whole first label only.", nameof(name));

        string host;
        try
        {
            host = PeerName.ReadName(isWildcard ? name[2..] : name);
        }
        catch (FormatException e)
        {
            throw new ArgumentException($"'{PeerName.Shown(name)}' {e.Message}", nameof(name), e);
        }

        return isWildcard ? "*." + host : host;
    }
}
