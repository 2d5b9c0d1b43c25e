namespace TlsFsm.Core.Decisions;

/// <summary>Knows the answers of a handshake that is gone through again: the same questions, in the same order.</summary>
internal interface IAnswerMemory
{
    /// <summary>Gives the answer of the question that is asked next, if it was asked before.</summary>
    bool TryRecall(out object? answer);

    /// <summary>Keeps an answer, behind those before it.</summary>
    void Remember(object? answer);
}
