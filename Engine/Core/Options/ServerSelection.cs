using TlsFsm.Core.Decisions;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Records;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Options;

/// <summary>
/// A server's choice of options by ClientHello. Until it is made the record is left where it is: nothing is processed and nothing
/// answered under options that may not be the right ones.
/// </summary>
/// <param name="options">The default options, which say how to choose.</param>
/// <param name="gate">Shut until the choice is made, if it takes time.</param>
/// <param name="use">Takes the options that were chosen.</param>
internal sealed class ServerSelection(TlsServerOptions options, HandshakeGate gate, Action<TlsServerOptions> use)
{
    private bool _isAsked;

    /// <summary>Whether there is a choice at all.</summary>
    public static bool IsNeeded(TlsServerOptions options) => options.Names is not null || options.Choose is not null;

    /// <summary>Goes on with the choice.</summary>
    /// <returns>
    /// <see cref="CoreStatus.WantRead"/> while the ClientHello is not here; <see cref="CoreStatus.Done"/> once the question is asked: the
    /// gate says whether it is answered.
    /// </returns>
    /// <exception cref="TlsException">Refused, or no ClientHello.</exception>
    public CoreStatus Step(MemoryBio incoming)
    {
        if (_isAsked)
            return CoreStatus.Done;

        // What is no TLS is refused in the usual words. An alert is no ClientHello either, and must not bring one behind it past the
        // choice.
        if (RecordHeader.TryRead(incoming.Readable, RecordPhase.First, out var header) && header.Type != RecordHeader.Handshake)
            throw RecordFaults.RecordType.ToException("an alert in place of a ClientHello");
        if (!ClientHelloReader.TryFind(incoming.Readable, options.Limits.MaxHandshakeMessageSize, out var message))
            return CoreStatus.WantRead;
        if (message is null || ClientHelloReader.Parse(message) is not { } hello)
            throw HelloFaults.Unreadable.ToException();

        _isAsked = true;
        gate.Ask<TlsServerChoice>(decision => Ask(hello, decision), Take, isAskedOnce: true);
        return CoreStatus.Done;
    }

    private void Ask(TlsClientHello hello, TlsDecision<TlsServerChoice> decision)
    {
        if (options.Names is { } names)
            decision.Complete(names.Choose(hello));
        else
            options.Choose!(hello, decision);
    }

    private void Take(TlsServerChoice choice)
    {
        if (choice?.Refusal is { } alert)
            throw OwnFaults.RefusedByHello(alert);
        if (choice?.Options is not { } chosen || ReferenceEquals(chosen, options))
            return;

        try
        {
            if (IsNeeded(chosen))
                throw new ArgumentException(
                    $"The chosen options choose again ({nameof(options.Names)} or {nameof(options.Choose)}).", nameof(choice));

            OptionRules.Check(chosen);
        }
        catch (ArgumentException e)
        {
            throw OwnFaults.Application($"The options chosen for this client make no sense: {e.Message}", e);
        }

        use(chosen);
    }
}
