namespace TlsFsm.Machines;

/// <summary>What the guards of the machines ask a connection. Pure: asking changes nothing.</summary>
internal interface ILifeFacts
{
    /// <summary>Never connected, closed or aborted.</summary>
    bool IsFresh { get; }

    /// <summary>Closed or aborted before the transport stood. Excludes <see cref="IsFresh"/>: Stateless wants one answer.</summary>
    bool IsClosedBeforeConnect { get; }

    /// <summary>The core says that the handshake has finished.</summary>
    bool IsEstablished { get; }

    /// <summary>Our direction may be closed alone: TLS 1.3, or an option says so.</summary>
    bool CanCloseWrite { get; }

    /// <summary>All that the transport's stream left behind is delivered.</summary>
    bool IsRestDelivered { get; }

    /// <summary>A stream that ends without close_notify is an end like any other.</summary>
    bool ToleratesTruncation { get; }

    /// <summary>Another protocol waits for the transport, once TLS is closed.</summary>
    bool HasSuccessor { get; }

    /// <summary>Nothing is left to deliver, and our own direction ends too.</summary>
    bool AreBothSidesEnding { get; }

    /// <summary>All output was handed to the transport.</summary>
    bool IsOutputHandedOver { get; }

    /// <summary>
    /// The transport may go on with another protocol: all output was handed to it, and either TLS stopped right after its handshake or both
    /// sides said close_notify.
    /// </summary>
    bool IsTransportFree { get; }
}
