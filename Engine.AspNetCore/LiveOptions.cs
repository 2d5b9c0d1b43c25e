using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace TlsFsm.AspNetCore;

/// <summary>
/// The options that settings come to, kept up to date: with the settings, when they are given anew, and with what is in their files and
/// stores, when a connection comes and the last look is old.
/// </summary>
internal sealed partial class LiveOptions
{
    private readonly Lock _lock = new();
    private readonly string _where;
    private readonly string _content;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private TlsFsmSettings _settings;
    private State _state;
    private long _lastLook;
    private string? _lastFault;

    /// <param name="settings">The first ones: what is wrong with them is thrown.</param>
    /// <param name="where">Their name, for errors.</param>
    /// <param name="content">What paths are relative to.</param>
    /// <param name="clock">For the age of what was read.</param>
    /// <param name="logger">Told of changes, and of what cannot be taken over.</param>
    /// <exception cref="InvalidOperationException">They make no sense, or lead to no usable certificate: the message names all.</exception>
    public LiveOptions(TlsFsmSettings settings, string where, string content, TimeProvider clock, ILogger logger)
    {
        (_settings, _where, _content, _clock, _logger) = (settings, where, content, clock, logger);
        _lastLook = clock.GetTimestamp();
        _state = Read(settings, null);
    }

    /// <summary>From any thread, for a connection that begins.</summary>
    public TlsServerOptions Current
    {
        get
        {
            var (settings, last) = (Volatile.Read(ref _settings), Volatile.Read(ref _lastLook));
            if (settings.CertificateReload > TimeSpan.Zero && _clock.GetElapsedTime(last) >= settings.CertificateReload && _lock.TryEnter())
            {
                // One looks, the others go on with what is known.
                try
                {
                    Look(settings);
                }
                finally
                {
                    _lock.Exit();
                }
            }

            return Volatile.Read(ref _state).Options;
        }
    }

    /// <summary>Other settings in place of those before; if they are no good, those stay.</summary>
    public void Change(TlsFsmSettings settings)
    {
        lock (_lock)
        {
            if (Look(settings))
                Volatile.Write(ref _settings, settings);
        }
    }

    /// <summary>Settings that could not even be read.</summary>
    public void Refuse(Exception fault)
    {
        lock (_lock)
            Tell(fault.Message);
    }

    private bool Look(TlsFsmSettings settings)
    {
        Volatile.Write(ref _lastLook, _clock.GetTimestamp());
        try
        {
            var state = Read(settings, ReferenceEquals(settings, _settings) ? _state : null);
            if (!ReferenceEquals(state, _state))
            {
                Volatile.Write(ref _state, state);
                Taken(_logger, _where);
            }

            _lastFault = null;
            return true;
        }
        catch (InvalidOperationException fault)
        {
            Tell(fault.Message);
            return false;
        }
    }

    // Once, not with each look.
    private void Tell(string fault)
    {
        if (fault == _lastFault)
            return;

        _lastFault = fault;
        Kept(_logger, fault);
    }

    /// <summary>What there is now; the known state if nothing has changed.</summary>
    private State Read(TlsFsmSettings settings, State? known)
    {
        if (SettingsRules.Faults(settings) is { Count: > 0 } faults)
            throw new InvalidOperationException($"{_where}: {string.Join(' ', faults)}");

        try
        {
            var looks = settings.Sni.Select(pair => (pair.Key, Look: Source(pair.Value).Look())).ToList();
            var own = settings.Certificate is { } certificate ? Source(certificate).Look() : default;
            var mark = string.Join(' ', looks.Select(look => look.Look.Mark).Prepend(own.Mark));
            return mark == known?.Mark ? known : new State(mark, Make(settings, own.Read, looks));
        }
        catch (Exception exception) when (exception is not InvalidOperationException)
        {
            // Files, stores, passwords, keys, and what an application's own adjustment throws: whatever it is, it has a place.
            throw new InvalidOperationException($"{_where}: {exception.Message}", exception);
        }
    }

    private TlsServerOptions Make(
        TlsFsmSettings settings, Func<TlsCredential>? own, List<(string Name, (string Mark, Func<TlsCredential> Read) Look)> sni)
    {
        var versions = settings.SslProtocols.Aggregate(SslProtocols.None, (all, one) => all | one);
        var options = new TlsServerOptions
        {
            Credential = own?.Invoke(),
            EnabledProtocols = versions == SslProtocols.None ? SslProtocols.Tls12 | SslProtocols.Tls13 : versions,
            ClientCertificates = settings.ClientCertificateMode,
            ClientVerification = settings.ClientCertificateRoots.Count == 0
                ? CertificateVerification.SystemTrust
                : CertificateVerification.TrustedRootsFromFiles(
                    [.. settings.ClientCertificateRoots.Select(path => Path.Combine(_content, path))]),
            HandshakeTimeout = settings.HandshakeTimeout,
        };

        // Sessions outlive a renewal: what they are bound to is asked when they are resumed.
        if (_state is { } before)
            options = options with { TicketKeys = before.Options.TicketKeys };
        if (sni.Count > 0)
        {
            var names = new TlsServerNames { RefuseUnknown = settings.RefuseUnknownNames };
            foreach (var (name, look) in sni)
                names.Set(name, options with { Credential = look.Read() });

            options = options with { Names = names };
        }

        if (settings.Adjust is { } adjust)
            options = adjust(options) ?? throw new ArgumentException("Adjust has returned no options.");

        // Wrong options are the caller's error now, not each connection's later.
        BouncyCastleCore.CreateServer(options).Dispose();
        return options;
    }

    private CertificateSource Source(TlsFsmCertificateSettings settings) => new(settings, _content, _clock);

    [LoggerMessage(3, LogLevel.Information, "{Where}: certificates or settings have changed; handshakes from now on use the new ones.")]
    private static partial void Taken(ILogger logger, string where);

    [LoggerMessage(4, LogLevel.Error, "{Fault} What was in use before stays in use.")]
    private static partial void Kept(ILogger logger, string fault);

    private sealed record State(string Mark, TlsServerOptions Options);
}
