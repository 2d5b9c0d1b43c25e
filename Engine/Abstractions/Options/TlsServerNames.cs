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
    private Action<TlsServerOptions>? _judge;

    /// <summary>What becomes of a client that asks for another name.</summary>
    /// <value>
    /// Default false: it is served with the default options. True: alert unrecognized_name. A client that names nobody is always served
    /// with the default ones.
    /// </value>
    public bool RefuseUnknown { get; init; }

    /// <summary>Names that are known.</summary>
    public IEnumerable<string> Names => Volatile.Read(ref _names).Keys;

    /// <summary>Sets the options for a name, in place of earlier ones.</summary>
    /// <param name="name">A host name, internationalised or in A-labels, or <c>*.example.com</c> for one label before that.</param>
    /// <param name="options">
    /// Of these, what <see cref="TlsServerChoice.Use"/> says. They are judged here where a server has taken these names, and else when one
    /// does.
    /// </param>
    /// <exception cref="ArgumentException">
    /// Not a host name, or options that make no sense; the message says whose. What was set before stays in use.
    /// </exception>
    public void Set(string name, TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var key = Key(name);
        if (Volatile.Read(ref _judge) is { } judge)
            Judge(key, options, judge);
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

    /// <summary>Judges what there is, and from now on what is set.</summary>
    /// <param name="judge">Throws an <see cref="ArgumentException"/> for options that make no sense.</param>
    /// <exception cref="ArgumentException">One makes no sense; the message says whose.</exception>
    internal void Judge(Action<TlsServerOptions> judge)
    {
        if (Volatile.Read(ref _judge) is not null)
            return;

        foreach (var (name, options) in Volatile.Read(ref _names))
            Judge(name, options, judge);
        Volatile.Write(ref _judge, judge);
    }

    private static void Judge(string name, TlsServerOptions options, Action<TlsServerOptions> judge)
    {
        try
        {
            judge(options);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"The options of the name '{name}' make no sense: {e.Message}", nameof(options), e);
        }
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
