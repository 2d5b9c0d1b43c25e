namespace TlsFsm.Tests.Network.Stacks;

/// <summary>The document is whole: no stack, note or cell is missing, and none is left over.</summary>
public sealed class MatrixDocumentTests
{
    [Test]
    public void The_document_has_every_stack_and_what_was_seen_of_it() => MatrixDocument.AssertWhole();
}
